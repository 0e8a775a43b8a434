# SPDX-License-Identifier: Apache-2.0
# Shell functions shared by the scripts beside this file; to be sourced, not run.
# Needs bash; expects `set -euo pipefail` in the script that sources it.

root="$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

# say MESSAGE...: progress goes to stderr, so that stdout stays the program's own.
say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# Parallel jobs: one per processor, but no more than the memory carries (a SystemC file takes about 1 GB).
build_jobs() {
  local processors memory_gb
  processors="$(nproc)"
  memory_gb="$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)"
  if ((memory_gb < 1)); then memory_gb=1; fi
  echo $((processors < memory_gb ? processors : memory_gb))
}

# quietly LOG COMMAND...: runs with the output in LOG; a terminal shows the line it is at. A failure shows
# the end of the log and returns the command's status.
quietly() {
  local log="$1" status=0
  shift
  mkdir -p "$(dirname "$log")"
  if [ -t 2 ]; then
    "$@" 2>&1 </dev/null | tee "$log" | show_last_line >&2 || status=$?
  else
    "$@" >"$log" 2>&1 </dev/null || status=$?
  fi
  if ((status != 0)); then
    tail -n 80 "$log" >&2
    say "error: '$*' failed with status $status; the whole log is in $log"
  fi
  return "$status"
}

# Each line over the one before, cut to the terminal's width; leaves nothing behind.
show_last_line() {
  local line width
  width="$(tput cols 2>/dev/null || echo 80)"
  while IFS= read -r line; do printf '\r\033[K%s' "${line:0:width-1}"; done
  printf '\r\033[K'
}

# step NAME: what follows, up to the next step, counts as NAME in the table that show_steps prints.
step_names=()
step_marks=()
step() {
  step_names+=("$1")
  mark_step
}

# The time of day and the processor time of all ended children, in milliseconds, to step_marks.
mark_step() {
  local stat
  read -ra stat <"/proc/$$/stat"
  step_marks+=("$((${EPOCHREALTIME/[.,]/} / 1000)) $(((stat[15] + stat[16]) * 1000 / $(getconf CLK_TCK)))")
}

# What took how long, without what took less than a second; nothing where all did.
show_steps() {
  local index begin begin_cpu end end_cpu rows=""
  mark_step
  for index in "${!step_names[@]}"; do
    read -r begin begin_cpu <<<"${step_marks[index]}"
    read -r end end_cpu <<<"${step_marks[index + 1]}"
    if ((end - begin < 1000)); then continue; fi
    rows+="$(printf '  %-28s %7d s %10d s' "${step_names[index]}" $(((end - begin) / 1000)) $(((end_cpu - begin_cpu) / 1000)))"$'\n'
  done
  if [ -n "$rows" ]; then printf '  %-28s %9s %12s\n%s' "took" "elapsed" "processors" "$rows" >&2; fi
}

# build_is_configured PRESET: a build directory that can be built in as it is. One that was configured
# somewhere else (a copied or moved checkout) or halfway does not count.
build_is_configured() {
  local directory="$root/build/$1"
  [ -f "$directory/build.ninja" ] && [ -f "$directory/CMakeCache.txt" ] &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$directory/CMakeCache.txt" &&
    grep -qxF "CMAKE_CACHEFILE_DIR:INTERNAL=$directory" "$directory/CMakeCache.txt"
}

# configure PRESET [CMAKE OPTION...]
configure() {
  local preset="$1" fresh=()
  shift
  build_is_configured "$preset" || fresh=(--fresh)
  if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER-ccache}"; fi
  (cd "$root" && quietly "$root/build/$preset-configure.log" cmake --preset "$preset" "${fresh[@]}" "$@")
}

# build PRESET [TARGET...]: does nothing where nothing changed.
build() {
  local preset="$1" targets=()
  shift
  if (($#)); then targets=(--target "$@"); fi
  (cd "$root" && quietly "$root/build/$preset-build.log" \
    cmake --build "build/$preset" --parallel "$(build_jobs)" "${targets[@]}")
}
