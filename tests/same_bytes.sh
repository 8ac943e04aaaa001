#!/usr/bin/env bash
# The same config gives the same bytes on any number of threads, beside a busy process, and killed at random moments and
# resumed with another number of threads: the model file, the checkpoint's tensors, and the metrics (time aside).
#
#   tests/same_bytes.sh PARE [full|short] [NAME]
#
# full: three runs a number of threads and one beside a load; short: few steps, one each. NAME: only checks with it in their
# names, such as 'resnet20' or 'bf16'.
#
# Configs whose data set or precision this machine does not have are skipped, and said to be.
set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/..
pare=$(readlink -f "$1")
length=${2-full}
only=${3-}
scratch=$(mktemp -d)
busy=
trap 'kill $busy 2>/dev/null || true; rm -rf "$scratch"' EXIT # errexit holds in traps, too

case $length in
short) rounds=1 quickstart=100it mnist_small=100it resnet20=6it ;;
full) rounds=3 quickstart=3 mnist_small=3 resnet20=50it ;;
*) echo "expected full or short, got '$length'" >&2 && exit 2 ;;
esac

# Of a finished run: what must not depend on threads, load or kills.
fingerprint() {
  local header
  header=$(od -An -t u8 -N 8 "$1/checkpoint.safetensors" | tr -d ' ')
  {
    cat "$1/model.pare"
    tail -c +$((9 + header)) "$1/checkpoint.safetensors" # the tensors; times are in the header
    sed -E 's/"(seconds|images_per_second)":[^,}]*//g' "$1/metrics.jsonl"
  } | sha256sum | cut -c 1-16
}

# train OUT THREADS ARGUMENTS...
train() {
  "$pare" train "${@:3}" --quiet --out "$1" --threads "$2" 2>"$scratch/said" >&2
}

# Killed up to four times, each time after a part of a second, then left to finish.
killed_and_resumed() { # ARGUMENTS...
  local out=$scratch/killed threads=(1 4 2 3) attempt resume
  for attempt in {0..4}; do
    resume=--resume
    [[ -e $out/checkpoint.safetensors ]] || { rm -rf "$out" && resume=; }
    "$pare" train "$@" $resume --quiet --out "$out" --threads "${threads[attempt % 4]}" 2>"$scratch/said" >&2 &
    if ((attempt < 4)); then
      sleep "0.$((RANDOM % 9 + 1))"
      kill -9 $! 2>/dev/null || true
    fi
    wait $! 2>/dev/null && return || true
  done
  echo "the run that was killed does not end: $(tail -n 1 "$scratch/said")"
  return 1
}

failed=0 passed=0 skipped=0
check() { # NAME ARGUMENTS...: one fingerprint, however the run is made
  local name=$1 first='' found round threads
  shift
  [[ $name == *"$only"* ]] || return 0
  if ! train "$scratch/first" 1 "$@"; then
    echo "skipped: $name: $(tail -n 1 "$scratch/said")"
    skipped=$((skipped + 1))
    return
  fi
  first=$(fingerprint "$scratch/first")
  for load in quiet busy; do
    local times=$rounds
    if [[ $load == busy ]]; then
      while :; do :; done &
      busy=$!
      times=1
    fi
    for ((round = 0; round < times; ++round)); do
      for threads in 1 2 4; do
        rm -rf "$scratch/run"
        train "$scratch/run" "$threads" "$@"
        found=$(fingerprint "$scratch/run")
        [[ $found == "$first" ]] || { echo "$name: $threads threads, $load: $found, expected $first" && failed=$((failed + 1)); }
      done
    done
  done
  killed_and_resumed "$@" --set checkpoint_every=3it || failed=$((failed + 1))
  # The config names the interval, and tells nothing else apart.
  train "$scratch/interval" 2 "$@" --set checkpoint_every=3it
  [[ $(fingerprint "$scratch/killed") == $(fingerprint "$scratch/interval") ]] ||
    { echo "$name: killed and resumed: other bytes" && failed=$((failed + 1)); }
  cmp -s "$scratch/interval/model.pare" "$scratch/first/model.pare" ||
    { echo "$name: checkpoints change the model" && failed=$((failed + 1)); }
  kill "$busy" && wait "$busy" 2>/dev/null || true
  rm -rf "${scratch:?}"/{first,run,killed,interval}
  echo "$name: $first"
  passed=$((passed + 1))
}

for precision in f32 bf16; do
  check "quickstart in $precision" "$root/configs/quickstart.json" --set epochs=$quickstart --set precision=$precision
  check "mnist-small in $precision" "$root/configs/mnist-small.json" --set epochs=$mnist_small --set precision=$precision
  check "resnet20 in $precision" "$root/configs/resnet20.json" --set epochs=$resnet20 --set precision=$precision
done
echo "$passed passed, $failed failed, $skipped skipped"
exit $((failed > 0))
