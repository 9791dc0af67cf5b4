# Finds or installs what the scripts need. Sourced by bash; changes nothing but the environment of its caller.

say() { echo "$*" >&2; }

die() {
    say "$(basename "$0"): $*"
    exit 1
}

# Installs system packages where this can be done without asking; says in one line what to install where it cannot.
install_packages() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        die "please install: $*"
    fi
    say "installing: $*"
    local log
    log=$(mktemp)
    # No service may be started by a package that is only wanted for its programs.
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=1
    fi
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -5 "$log" >&2
        [ -z "$made" ] || rm -f "$policy"
        rm -f "$log"
        die "could not install: $*"
    fi
    [ -z "$made" ] || rm -f "$policy"
    rm -f "$log"
}

# java_version HOME: the version of a JDK as 17.0.15, or nothing. Its file says it; asking the JDK itself takes a tenth of a second.
java_version() {
    local version
    version=$(sed -n 's/^JAVA_VERSION="\(.*\)"$/\1/p' "$1/release" 2>/dev/null)
    [ -n "$version" ] || version=$("$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.version = \(.*\)$/\1/p')
    echo "$version"
}

# java_major HOME: the major version of a JDK, or nothing.
java_major() {
    local version
    version=$(java_version "$1")
    version=${version%%-*}
    echo "${version%%.*}"
}

# All JDKs (with a compiler) of 17 or newer as "MAJOR HOME", oldest first.
jdks() {
    local home seen=" " real
    for home in "${JAVA_HOME:-}" "$(command -v javac >/dev/null 2>&1 && dirname "$(dirname "$(readlink -f "$(command -v javac)")")")" /usr/lib/jvm/*; do
        [ -n "$home" ] && [ -x "$home/bin/javac" ] || continue
        real=$(readlink -f "$home")
        case $seen in *" $real "*) continue ;; esac
        seen="$seen$real "
        local major
        major=$(java_major "$real")
        [ -n "$major" ] && [ "$major" -ge 17 ] && echo "$major $real"
    done | sort -n
}

# A JDK to build with: 17 if there is one, as that is the floor; else the oldest above it. Sets JAVA_HOME.
use_build_jdk() {
    local found
    found=$(jdks | head -1)
    if [ -z "$found" ]; then
        install_packages "$(apt-cache show openjdk-17-jdk-headless >/dev/null 2>&1 && echo openjdk-17-jdk-headless || echo default-jdk-headless)"
        found=$(jdks | head -1)
    fi
    [ -n "$found" ] || die "please install: a JDK of 17 or newer"
    JAVA_HOME=${found#* }
    export JAVA_HOME
}

# The newest JDK or JRE to run with. Prints its home.
run_java_home() {
    jdks | tail -1 | cut -d' ' -f2-
}

use_maven() {
    command -v mvn >/dev/null 2>&1 || install_packages maven
}

# need PROGRAM PACKAGE: installs the package if the program is missing.
missing_packages() {
    local packages=
    while [ $# -ge 2 ]; do
        command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || packages="$packages $2"
        shift 2
    done
    echo "$packages"
}
