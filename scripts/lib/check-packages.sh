# Proves on this machine what scripts/package made. Sourced by it; needs root, apt-get and loopback. The .deb is installed, run
# by hand as its unit would (no service is started), and purged.

[ "$(id -u)" = 0 ] || die "--check installs a package: it needs root"
! dpkg -s halftone >/dev/null 2>&1 || die "halftone is installed here already; --check would purge it"
packages=$(missing_packages curl curl python3 python3 systemd-analyze systemd setpriv util-linux man man-db)
# shellcheck disable=SC2086
[ -z "$packages" ] || install_packages $packages

try=$(mktemp -d)
chmod 755 "$try"
started=()

end_of_check() {
    local pid
    for pid in "${started[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    ! mountpoint -q "$try/box/proc" || umount "$try/box/proc"
    ! dpkg -s halftone >/dev/null 2>&1 || dpkg --purge halftone >/dev/null 2>&1 || true
    rm -rf "$try"
}
trap end_of_check EXIT

told() { echo "  ok: $*"; }

# within SECONDS COMMAND...: until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# on_free_ports FILE UPSTREAM: the shipped file, as an operator would change it.
on_free_ports() {
    sed -i -E -e "s#127.0.0.1:9901#127.0.0.1:$admin#" -e "s#(127.0.0.1|0.0.0.0):8080#127.0.0.1:$web#" \
        -e "s#127.0.0.1:808[12]#127.0.0.1:$2#" -e 's#ratio: 1 #ratio: 50 #' "$1"
}

check_jar() {
    local runnable=$work/nowhere
    install -d "$runnable"
    (cd "$runnable" && "$JAVA_HOME/bin/java" -jar "$dist/halftone-$version.jar" version) | grep -q "^halftone $version " || die "the jar does not run"
    told "the jar runs alone"
    grep -q '"bomFormat" : "CycloneDX"' "$dist/halftone-$version-sbom.cdx.json" || die "no SBOM"
    local library
    for library in netty-transport jackson-databind micrometer-core picocli logback-classic; do
        grep -q "\"name\" : \"$library\"" "$dist/halftone-$version-sbom.cdx.json" || die "the SBOM misses $library"
    done
    ! grep -q '"name" : "assertj-core"' "$dist/halftone-$version-sbom.cdx.json" || die "the SBOM names what only tests use"
    told "the SBOM names what is in the jar"
}

start_installed() {
    NOTIFY_SOCKET=$try/notify setpriv --reuid=halftone --regid=halftone --clear-groups \
        bash -c 'cd /var/lib/halftone && exec /usr/bin/halftone serve -c /etc/halftone/halftone.yaml' \
        >>"$try/out" 2>>"$try/log" &
    served=$!
    started+=("$served")
    within 60 curl -fs "http://127.0.0.1:$admin/readyz" || { tail "$try/log" >&2; die "does not get ready"; }
}

check_deb() {
    apt-get install -y -q --no-install-recommends "$deb" >"$try/apt" 2>&1 || { tail -5 "$try/apt" >&2; die "cannot be installed"; }
    local file
    for file in /usr/bin/halftone /usr/share/halftone/halftone.jar /lib/systemd/system/halftone.service /etc/halftone/halftone.yaml \
        /etc/default/halftone /usr/share/man/man1/halftone.1.gz /usr/share/bash-completion/completions/halftone \
        /var/cache/halftone/classes.jsa; do
        [ -f "$file" ] || die "$file is missing"
    done
    [ "$(stat -c %U:%a /var/lib/halftone)" = halftone:750 ] || die "/var/lib/halftone has the wrong owner or mode"
    told "installed: files, user, class archive in place"
    systemd-analyze verify --man=no /lib/systemd/system/halftone.service || die "the unit is not valid"
    told "the unit: systemd-analyze verify; $(systemd-analyze security --offline=yes /lib/systemd/system/halftone.service 2>/dev/null | tail -1 | sed 's/^[^O]*//')"
    [ -z "$(man --warnings -E UTF-8 -P cat -l /usr/share/man/man1/halftone.1.gz 2>&1 >/dev/null)" ] || die "the manual page has errors"
    bash -n /usr/share/bash-completion/completions/halftone
    told "manual page and completion are well-formed"

    web=$(free_port) admin=$(free_port) shop=$(free_port)
    (cd "$try" && exec python3 -m http.server "$shop" --bind 127.0.0.1) >/dev/null 2>&1 &
    started+=($!)
    python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
while True:
    print(s.recv(4096).decode().replace("\n", " "), flush=True)' "$try/notify" >"$try/notified" &
    started+=($!)
    within 30 test -S "$try/notify" && within 30 curl -fs "http://127.0.0.1:$shop/" || die "the service behind does not start"
    on_free_ports /etc/halftone/halftone.yaml "$shop"
    start_installed
    within 10 curl -fs "http://127.0.0.1:$web/" || { tail "$try/log" >&2; die "does not serve"; }
    within 10 grep -q '^READY=1$' "$try/notified" || die "does not notify"
    told "serves as user halftone, and told the service manager"

    : >"$try/notified"
    kill -HUP "$served"
    within 10 grep -q '^RELOADING=1 MONOTONIC_USEC=' "$try/notified" && within 10 grep -q '^READY=1$' "$try/notified" || die "no reload"
    grep -q '/etc/halftone/halftone.yaml reloaded' "$try/log" || die "no reload in the log"
    told "reloads on SIGHUP"

    halftone ratio shop 20 --admin "http://127.0.0.1:$admin" >/dev/null
    halftone rollback shop --reason "check of the package" --admin "http://127.0.0.1:$admin" >/dev/null
    kill -9 "$served"
    wait "$served" 2>/dev/null || true
    start_installed
    halftone status shop --json --admin "http://127.0.0.1:$admin" | tr -d ' ' | grep -q '"phase":"rolledBack"' || die "the state is lost"
    told "survives kill -9: the rollback holds after a new start"

    kill -TERM "$served"
    local status=0
    wait "$served" || status=$?
    [ "$status" = 0 ] || die "SIGTERM ended with $status"
    grep -q '^STOPPING=1$' "$try/notified" || die "did not say that it stops"
    told "stops on SIGTERM with status 0"

    dpkg --remove halftone >/dev/null
    [ -f /etc/halftone/halftone.yaml ] && [ -d /var/lib/halftone ] || die "remove took configuration or state"
    dpkg --purge halftone >"$try/purge" 2>&1 || { cat "$try/purge" >&2; die "cannot be purged"; }
    for file in /etc/halftone /var/lib/halftone /var/log/halftone /var/cache/halftone /usr/share/halftone /usr/bin/halftone; do
        [ ! -e "$file" ] || die "purge left $file"
    done
    ! getent passwd halftone >/dev/null || die "purge left the user"
    told "remove keeps configuration and state; purge leaves nothing"
}

# The layer as a root folder, run as the image's user: what a container runtime does, without its namespaces.
check_image() {
    local box=$try/box layer
    install -d "$box" "$try/image"
    tar -C "$try/image" -xf "$dist/halftone-$version-image.tar"
    layer=$(sha256sum "$try/image/layer.tar" | cut -d' ' -f1)
    python3 - "$try/image" "$layer" <<'PY' || die "the image's description does not fit its layer"
import json, os, sys
folder, layer = sys.argv[1:]
manifest = json.load(open(os.path.join(folder, "manifest.json")))[0]
config = json.load(open(os.path.join(folder, manifest["Config"])))
assert config["rootfs"]["diff_ids"] == ["sha256:" + layer], config
assert manifest["Layers"] == ["layer.tar"], manifest
PY
    tar -C "$box" -xpf "$try/image/layer.tar"
    install -d "$box/proc"
    mount -t proc proc "$box/proc" || die "--check needs the right to mount /proc"
    web=$(free_port) admin=$(free_port)
    on_free_ports "$box/etc/halftone/halftone.yaml" "$shop"
    chroot --userspec=65532:65532 "$box" /opt/java/bin/java -jar /opt/halftone/halftone.jar serve -c /etc/halftone/halftone.yaml \
        >"$try/image.out" 2>"$try/image.log" &
    served=$!
    started+=("$served")
    within 60 curl -fs "http://127.0.0.1:$admin/readyz" || { tail "$try/image.log" >&2; die "the image does not start"; }
    curl -fs "http://127.0.0.1:$web/" >/dev/null || die "the image does not serve"
    curl -fs "http://127.0.0.1:$admin/metrics" | grep -q '^halftone_build_info' || die "the image has no metrics"
    chroot --userspec=65532:65532 "$box" /opt/java/bin/java -jar /opt/halftone/halftone.jar \
        rollback shop --admin "http://127.0.0.1:$admin" >/dev/null || die "no client command in the image"
    kill -TERM "$served"
    wait "$served" || die "the image's program ended with $?"
    umount "$box/proc"
    told "the image's files alone start, serve and stop, as user 65532; $(du -sh --apparent-size "$dist/halftone-$version-image.tar" | cut -f1)"
}

echo "checking what was made:"
check_jar
check_deb
check_image
echo "all of it works"
