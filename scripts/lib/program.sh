# Builds the program if it is missing or older than its sources. Sourced by bash after prepare.sh; needs $root.

jar=$root/proxy-server/target/halftone.jar

is_stale() {
    [ ! -f "$jar" ] && return 0
    [ -n "$(find "$root/pom.xml" "$root/proxy-core/pom.xml" "$root/proxy-server/pom.xml" \
        "$root/proxy-core/src/main" "$root/proxy-server/src/main" -newer "$jar" -type f -print -quit)" ]
}

# built_part LOG: what the build does at the moment, in a few words.
built_part() {
    sed -n -E 's/^\[INFO\] --- [a-z-]+:[^:]+:([^ ]+) .*@ ([^ ]+) ---$/\2: \1/p' "$1" | tail -1
}

# watch_build PID LOG: a line about it on the terminal until it has ended, rewritten each second.
watch_build() {
    local begun=$SECONDS
    while kill -0 "$1" 2>/dev/null; do
        printf '\r\033[Khalftone: building, %d s, %s' $((SECONDS - begun)) "$(built_part "$2")" >&2
        sleep 1
    done
    printf '\r\033[K' >&2
}

build_if_stale() {
    is_stale || return 0
    use_build_jdk
    use_maven
    say "halftone: building (the first time takes one to four minutes) ..."
    local log begun build status=0
    log=$(mktemp)
    begun=$(mktemp)
    (cd "$root" && exec ./mvnw -B -ntp -DskipTests package) >"$log" 2>&1 </dev/null &
    build=$!
    ! [ -t 2 ] || watch_build "$build" "$log"
    wait "$build" || status=$?
    if [ "$status" != 0 ]; then
        grep -E '^\[(ERROR|FATAL)' "$log" | head -40 >&2 || tail -40 "$log" >&2
        rm -f "$log" "$begun"
        die "the build failed"
    fi
    # What comes out as it was is not written anew; so old as the build, it is not stale.
    touch -r "$begun" "$jar"
    rm -f "$log" "$begun"
}

# share_classes HOME: adds to $flags an archive of the classes of client commands, which is made at its first use with these
# flags and this Java. Without it commands start all the same, later.
share_classes() {
    local home=$1 archive made
    archive=$root/proxy-server/target/classes-$(java_version "$home").jsa
    if [ ! "$archive" -nt "$jar" ]; then
        made=$archive.$$
        "$home/bin/java" "${flags[@]}" -Xlog:disable "-XX:ArchiveClassesAtExit=$made" -jar "$jar" \
            load-classes >/dev/null 2>&1 || true
        [ ! -f "$made" ] || mv -f "$made" "$archive"
    fi
    [ ! -f "$archive" ] || flags+=(-Xshare:auto "-XX:SharedArchiveFile=$archive" -Xlog:disable)
}
