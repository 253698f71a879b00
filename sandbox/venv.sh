# Sourced by bin/*: makes .venv with the pinned requirements, again only when they have changed.
# Benchmarks have environments of their own beside it.
# POSIX sh; needs nothing but a Python of at least 3.11, and its venv module where uv is missing.

say() { printf '%s\n' "$*" >&2; }

have_uv() {
    uv --version >/dev/null 2>&1 || return 1
    # With a home that cannot be written to, uv needs a variable to do without a cache.
    cache=$(uv cache dir 2>/dev/null) && mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] ||
        export UV_NO_CACHE=1
}

find_python() {
    for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            return
        fi
    done
    say "Python 3.11 or newer is needed, and none was found on PATH."
    say "Debian and Ubuntu: apt install python3 python3-venv. Elsewhere: https://www.python.org/downloads/"
    say "If it is installed under another name: PYTHON=/path/to/python3 $0"
    exit 1
}

make_venv() {
    find_python
    if have_uv; then
        rm -rf "$venv"
        uv venv --quiet --python "$python" "$venv"
    elif "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        "$python" -m venv --clear "$venv"
    else
        say "$python has no venv module."
        say "Debian and Ubuntu: apt install python3-venv (or install uv), then run this again."
        exit 1
    fi
}

install_requirements() {
    say "Installing requirements/$1.txt (the first time takes a while)…"
    if have_uv; then
        # Compiled once here, not by every process of the first start.
        uv pip install --quiet --compile-bytecode --python "$venv/bin/python" \
            --require-hashes -r "requirements/$1.txt"
        return
    fi
    # An environment that uv made comes without pip.
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
        --require-hashes -r "requirements/$1.txt"
}

# ensure_venv base|dev [FOLDER]: sets $python to the environment's interpreter.
ensure_venv() {
    venv=$root/${2:-.venv}
    stamp=$venv/.installed-$1
    "$venv/bin/python" -c '' >/dev/null 2>&1 || make_venv
    wanted=$(cksum <"$root/requirements/$1.txt")
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        (cd "$root" && install_requirements "$1")
        printf '%s\n' "$wanted" >"$stamp"
    fi
    python=$venv/bin/python
}
