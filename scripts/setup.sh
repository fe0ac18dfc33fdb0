# Sourced by the scripts beside it, after `set -euo pipefail`. Sets
#   root     the repository
#   python   the interpreter of its virtual environment, which has the project with `extras` of
#            pyproject.toml installed: all that tests need, unless the script asked for less
# The environment is made once. A later start compares the stamps and installs nothing.
# PYTHON names the interpreter to make it from; without it, the first of python3, python3.14 ...
# python3.10 that is new enough.

root=$(CDPATH= cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
python=$root/.venv/bin/python
all=torch,test
extras=${extras:-$all}

fail() {
    printf 'keras-classic: %s\n' "$@" >&2
    exit 1
}

is_supported() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

base_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        is_supported "$PYTHON" && echo "$PYTHON" && return
        fail "PYTHON=$PYTHON is not a Python of version 3.10 or newer." \
            "Set PYTHON to one that is, or unset it to have one looked for."
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
        is_supported "$candidate" && echo "$candidate" && return
    done
    fail "no Python 3.10 or newer found; python3 is: $(python3 --version 2>&1 || true)" \
        "Install one, or set PYTHON=/path/to/python and start again."
}

make_environment() {
    local base
    base=$(base_python)
    echo "keras-classic: making a virtual environment in .venv (once)" >&2
    # --clear: what is there was left behind by a start that was cut off.
    "$base" -m venv --clear "$root/.venv" || fail \
        "'$base -m venv' failed; its own message stands above." \
        "On Debian and Ubuntu the module is a package of its own: apt-get install python3-venv"
}

install_project() {
    echo "keras-classic: installing the project with [$extras] (once, some minutes)" >&2
    # The pin comes first and in the same command: one resolver run, so no newer torch is pulled.
    "$python" -m pip install --disable-pip-version-check \
        -r "$root/scripts/requirements.txt" -e "${root}[$extras]" >&2 || fail \
        "the installation failed; pip's own message stands above." \
        "Check the network or pip's index settings, then start the same command again." \
        "'No matching distribution found for torch' means that this Python has no build of the" \
        "version in scripts/requirements.txt: set PYTHON to another one (3.10 to 3.13) and delete .venv."
}

# TensorFlow asks for Keras 3, which takes our import name; so it comes without what it asks for.
install_tensorflow() {
    echo "keras-classic: installing TensorFlow without Keras 3" >&2
    "$python" -m pip install --disable-pip-version-check --no-deps \
        -r "$root/scripts/tensorflow.txt" >&2 || echo "keras-classic: there is no such" \
        "TensorFlow for this Python; the tests of that engine are left out" >&2
}

# What the environment depends on. The path is part of it: an editable install points to it.
wanted_stamp() {
    { echo "$root"; cat "$root/pyproject.toml" "$root/scripts/requirements.txt" "$root/scripts/tensorflow.txt"; } | cksum
}

is_stamped() {
    [ "$(cat "$root/.venv/keras-classic.$1.stamp" 2>/dev/null)" = "$(wanted_stamp)" ]
}

"$python" -m pip --version >/dev/null 2>&1 || make_environment
if ! is_stamped "$extras" && ! is_stamped "$all"; then
    install_project
    [ "$extras" != "$all" ] || install_tensorflow
    wanted_stamp >"$root/.venv/keras-classic.$extras.stamp"
fi
