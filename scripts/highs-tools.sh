# To be sourced by bash: provides what compiling the HiGHS solver (cargo feature `highs`) needs, which is a C++ compiler,
# make, cmake and libclang. What is missing is installed: as root with apt-get; otherwise cmake, ninja and libclang as
# Python wheels below the target folder.

readonly TOOLS="${CARGO_TARGET_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target}/test-tools"
readonly WHEEL_CMAKE="$TOOLS/cmake/data/bin"
readonly WHEEL_NINJA="$TOOLS/bin"
readonly WHEEL_LIBCLANG="$TOOLS/clang/native"

say() { printf 'highs-tools: %s\n' "$*" >&2; }

has() { command -v "$1" >/dev/null 2>&1; }

# bindgen looks for the shared library, not for the compiler `clang`; libclang-cpp is another library.
has_libclang() {
  if [ -n "${LIBCLANG_PATH:-}" ]; then
    [ -f "$LIBCLANG_PATH" ] || compgen -G "$LIBCLANG_PATH/libclang*.so*" >/dev/null
  else
    compgen -G '/usr/lib*/libclang[.-][s0-9]*' >/dev/null ||
      compgen -G '/usr/lib/*/libclang[.-][s0-9]*' >/dev/null ||
      compgen -G '/usr/lib*/llvm*/lib*/libclang[.-][s0-9]*' >/dev/null ||
      compgen -G '/usr/local/lib*/libclang[.-][s0-9]*' >/dev/null
  fi
}

# A compiler without the C++ headers is no compiler.
has_cxx() {
  local cxx="${CXX:-c++}"
  has "$cxx" && printf '#include <vector>\nint main() { return 0; }\n' | "$cxx" -x c++ -fsyntax-only - 2>/dev/null
}

has_make() { has make || { [ "${CMAKE_GENERATOR:-}" = Ninja ] && has ninja; }; }

# Wheels that an earlier run installed count as present.
use_wheels() {
  if ! has cmake && [ -x "$WHEEL_CMAKE/cmake" ]; then
    export PATH="$WHEEL_CMAKE:$PATH"
  fi
  if ! has make && [ -x "$WHEEL_NINJA/ninja" ]; then
    export PATH="$PATH:$WHEEL_NINJA" CMAKE_GENERATOR=Ninja
  fi
  if ! has_libclang && compgen -G "$WHEEL_LIBCLANG/libclang*.so*" >/dev/null; then
    export LIBCLANG_PATH="$WHEEL_LIBCLANG"
  fi
}

# Lists what is missing: words out of `compiler make cmake libclang`.
missing() {
  has_cxx || printf 'compiler '
  has_make || printf 'make '
  has cmake || printf 'cmake '
  has_libclang || printf 'libclang '
}

install_packages() {
  local packages=() need
  for need in "$@"; do
    case "$need" in
      compiler) packages+=(g++) ;;
      libclang) packages+=(libclang1) ;;
      *) packages+=("$need") ;;
    esac
  done
  say "installing the packages: ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >&2
}

install_wheels() {
  local wheels=() need
  for need in "$@"; do
    case "$need" in
      compiler) ;; # there is no wheel of one
      make) wheels+=(ninja) ;;
      *) wheels+=("$need") ;;
    esac
  done
  [ "${#wheels[@]}" -gt 0 ] || return 0
  has python3 || return 1
  local python=python3
  if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$TOOLS/venv" >/dev/null 2>&1 || return 1
    python="$TOOLS/venv/bin/python"
  fi
  say "installing the Python wheels: ${wheels[*]} (into $TOOLS)"
  "$python" -m pip install --quiet --disable-pip-version-check --upgrade --target "$TOOLS" "${wheels[@]}" >&2
}

# Tells cmake to spend little time on optimising HiGHS, unless the caller has a toolchain file.
compile_quickly() {
  export CMAKE_TOOLCHAIN_FILE="${CMAKE_TOOLCHAIN_FILE:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/highs-for-tests.cmake}"
}

# Makes everything available that is missing, and exports what cargo has to know; returns 1 with a message if that is not possible.
provide_highs_tools() {
  local needs
  compile_quickly
  use_wheels
  read -r -a needs <<<"$(missing)"
  if [ "${#needs[@]}" -gt 0 ] && [ "$(id -u)" -eq 0 ] && has apt-get; then
    install_packages "${needs[@]}" || say "apt-get failed, trying Python wheels"
    read -r -a needs <<<"$(missing)"
  fi
  if [ "${#needs[@]}" -gt 0 ]; then
    install_wheels "${needs[@]}" || say "an error with the Python wheels (they need python3 with pip)"
    use_wheels
    read -r -a needs <<<"$(missing)"
  fi
  if [ "${#needs[@]}" -gt 0 ]; then
    say "still missing: ${needs[*]}; install them as root: apt-get install g++ make cmake libclang1"
    say "without HiGHS, which needs them, 'cargo test --workspace' tests everything else"
    return 1
  fi
}
