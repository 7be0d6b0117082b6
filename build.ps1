# The same commands as build.sh, for PowerShell on Debian: build, test, lab, publish, bench.
param([Parameter(Position = 0)][string]$Command = 'help', [Parameter(ValueFromRemainingArguments)][string[]]$Rest)
& bash (Join-Path $PSScriptRoot 'build.sh') $Command @Rest
exit $LASTEXITCODE
