# Builds the program if it is missing or older than its sources. Sourced by bash after prepare.sh; needs $root.

jar=$root/proxy-server/target/halftone.jar

is_stale() {
    [ ! -f "$jar" ] && return 0
    [ -n "$(find "$root/pom.xml" "$root/proxy-core/pom.xml" "$root/proxy-server/pom.xml" \
        "$root/proxy-core/src/main" "$root/proxy-server/src/main" -newer "$jar" -type f -print -quit)" ]
}

build_if_stale() {
    is_stale || return 0
    use_build_jdk
    use_maven
    say "halftone: building (the first time takes one to four minutes) ..."
    local log
    log=$(mktemp)
    if ! (cd "$root" && ./mvnw -B -q -DskipTests package) >"$log" 2>&1 </dev/null; then
        tail -40 "$log" >&2
        rm -f "$log"
        die "the build failed"
    fi
    rm -f "$log"
}

# share_classes HOME: adds to $flags an archive of the classes of client commands, which is made at its first use with these
# flags and this Java. Without it commands start all the same, later.
share_classes() {
    local home=$1 archive made
    archive=$root/proxy-server/target/classes-$(java_version "$home").jsa
    if [ ! "$archive" -nt "$jar" ]; then
        made=$archive.$$
        "$home/bin/java" "${flags[@]}" -Xlog:disable "-XX:ArchiveClassesAtExit=$made" -jar "$jar" \
            status --admin http://127.0.0.1:9 >/dev/null 2>&1 || true
        [ ! -f "$made" ] || mv -f "$made" "$archive"
    fi
    [ ! -f "$archive" ] || flags+=(-Xshare:auto "-XX:SharedArchiveFile=$archive" -Xlog:disable)
}
