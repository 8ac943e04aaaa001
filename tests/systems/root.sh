# Bare roots of a Debian or Ubuntu suite, for the scripts beside this file, which source it.
#
# Packages come from $PARE_MIRROR, or else from the first of this machine's apt sources that has the suite. Needs root, git,
# debootstrap, the suite's keys (Debian's package of Ubuntu's is ubuntu-archive-keyring) and 4 GB below $TMPDIR. The roots are
# removed when the script ends, however it ends.
set -euo pipefail
repository=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..

say() { printf 'systems: %s\n' "$*"; }
die() {
  say "$@" >&2
  exit 1
}

((EUID == 0)) || die "only root can make and enter another root; try sudo"
export PATH=$PATH:/usr/sbin:/sbin
for program in debootstrap git unshare; do
  command -v "$program" >/dev/null || die "$program is not installed"
done

folder=$(mktemp -d)
log=$folder/log
running=

# Mounts are made in a namespace of their own, which ends with its processes (see `apart`), so none is expected here.
clean_up() {
  [[ -z $running ]] || { kill -KILL "$running" && wait "$running"; } 2>/dev/null || true
  if grep -qF " $folder/" /proc/self/mounts; then
    say "something is mounted below $folder, which therefore stays" >&2
    return
  fi
  # Processes that were killed a moment ago may still be writing.
  rm -rf --one-file-system "$folder" 2>/dev/null || { sleep 2 && rm -rf --one-file-system "$folder"; }
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# apart PROC COMMAND...: replaces this process by a command that has its own process and mount namespaces, with a /proc at PROC:
# when the command or this process ends, all of its processes are killed and its mounts are gone.
apart() {
  exec unshare --mount --pid --fork --kill-child --mount-proc="$1" "${@:2}"
}

# inside ROOT SCRIPT [ARGUMENT...]: as a new user, with none of this machine's variables but those that lead to the network.
inside() {
  local root=$1 passed=() name
  for name in http_proxy https_proxy no_proxy; do
    [[ -z ${!name-} ]] || passed+=("$name=${!name}")
  done
  apart "$root/proc" chroot "$root" env -i HOME=/root USER=root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "${passed[@]}" sh -c "$2" sh "${@:3}"
}

# step WHAT COMMAND...: runs it and says how long it took; if it fails, shows the end of its output and leaves. It runs in the
# background because bash calls no trap while it waits for a command in the foreground.
step() {
  local what=$1 begin=$SECONDS code=0
  shift
  "$@" >"$log" 2>&1 </dev/null &
  running=$!
  wait "$running" || code=$?
  running=
  if ((code)); then
    say "$what: failed after $((SECONDS - begin)) s; the end of its output:" >&2
    tail -n 60 "$log" >&2
    exit 1
  fi
  say "$what: $((SECONDS - begin)) s"
}

has_suite() { # SUITE MIRROR
  /usr/lib/apt/apt-helper download-file "${2%/}/dists/$1/Release" "$folder/Release" >/dev/null 2>&1
}

# make_root SUITE ROOT
make_root() {
  local suite=$1 root=$2 mirror=${PARE_MIRROR-} components=main
  if [[ -z $mirror ]]; then
    # shellcheck disable=SC2016  # the dollar sign is apt's
    while IFS= read -r mirror; do
      ! has_suite "$suite" "$mirror" || break
    done < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u)
    [[ -n $mirror ]] || die "none of this machine's apt sources has $suite; name a mirror by PARE_MIRROR=URL"
  fi
  has_suite "$suite" "$mirror" || die "$mirror has no $suite"
  ! grep -q '^Components:.* universe' "$folder/Release" || components=main,universe # Ubuntu's
  # debootstrap empties the new root's /proc before it mounts one there.
  step "a bare $suite" apart /proc debootstrap --variant=minbase --components="$components" "$suite" "$root" "$mirror"
}

# clone_into ROOT: this repository's last commit, in /src/pare.
clone_into() { step "the clone" git clone --quiet --no-hardlinks "$repository" "$1/src/pare"; }
