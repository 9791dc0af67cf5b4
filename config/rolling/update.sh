#!/bin/sh
# Gives the instance in HALFTONE_INSTANCE (host:port) the version $1. Exit status 0: done; 75: ask again; any other: failed.
# It is called once more for the same instance if the proxy was restarted meanwhile, and the call before may then still run: what it does
# must be done one call at a time, and be nothing if the instance has the version already. install-shop is such a program of yours.
set -eu
host=${HALFTONE_INSTANCE%:*}
exec ssh -o BatchMode=yes "deploy@$host" "sudo flock /run/lock/install-shop /usr/local/bin/install-shop '$1'"
