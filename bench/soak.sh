#!/usr/bin/env bash
# Ten million inputs for every reader of what others send (datagrams, headers, documents; the cluster description gets a hundredth of that):
# no exception, no hang, bounded memory. Prints what each reader saw and the wall time. INPUTS=N changes the number,
# SEXTANT_FUZZ_SEED=A,B repeats a run that failed (FsCheck prints both numbers). HOURS=N bounds the time, 6 by default.
set -euo pipefail
cd "$(dirname "$0")/.."
export SEXTANT_FUZZ_INPUTS=${INPUTS:-10000000}
[ -f Bootstrapper.Tests/bin/Release/net10.0/sextant.tests.dll ] || { echo "the tests are not built: ./build.sh build" >&2; exit 1; }
begin=$(date +%s)
said=$(mktemp)
trap 'rm -f "$said"' EXIT
nice -n 19 timeout --kill-after=30 "$((${HOURS:-6} * 3600))" dotnet test Bootstrapper.Tests --no-build --nologo -c Release \
  --filter "FullyQualifiedName~Sextant.Tests.Fuzz" --logger "console;verbosity=detailed" | tee "$said"
# A run that was stopped from outside ends without a failure.
grep -q '^Test Run Successful' "$said" || { echo "soak: the run did not come to its end" >&2; exit 1; }
echo "soak: $SEXTANT_FUZZ_INPUTS inputs a reader in $(($(date +%s) - begin)) s"
