"""Sizes of Python source, as STYLE counts them, and the limits that the architecture test enforces.

    python source_sizes.py [FILE OR FOLDER ...]

Lines of code are lines that hold a token of the program: no blank lines, comments or docstrings.
A function's signature does not count (Keras' arguments are written out, however many they are), and
a class has the size of its body.
"""

import ast
import io
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FILE_LINES = 600
FUNCTION_CODE = 40
LAYER_CODE = 60

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


class Source:
    """A parsed file: `tree`, number of `lines`, and `code`, the numbers of its lines of code."""

    def __init__(self, path):
        self.path = Path(path).resolve()
        text = self.path.read_text(encoding="utf-8")
        self.tree = ast.parse(text, filename=str(path))
        self.lines = len(text.splitlines())
        self.code = set()
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in NO_CODE:
                self.code.update(range(token.start[0], token.end[0] + 1))
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
                self.code -= docstring_lines(node)

    @property
    def name(self):
        """The path from the repository's root, with forward slashes."""
        inside = self.path.is_relative_to(ROOT)
        return (self.path.relative_to(ROOT) if inside else self.path).as_posix()

    def body_code(self, node):
        """Lines of code in the body of a function or class, nested ones but no signatures."""
        lines = set(range(node.body[0].lineno, node.end_lineno + 1))
        for inner in ast.walk(node):
            if inner is not node and isinstance(inner, FUNCTIONS):
                lines -= set(range(inner.lineno, inner.body[0].lineno))
        return len(lines & self.code)

    def definitions(self, kinds):
        """[(dotted name in the file, node)] of the functions or classes in it, nested ones too."""
        return list(definitions(self.tree, kinds))


def docstring_lines(node):
    first = node.body[0] if node.body else None
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return set()
    if not isinstance(first.value.value, str):
        return set()
    return set(range(first.lineno, first.end_lineno + 1))


def definitions(node, kinds, prefix=""):
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, (ast.ClassDef, *FUNCTIONS)):
            name = f"{prefix}{child.name}"
            if isinstance(child, kinds):
                yield name, child
            name += "."
        yield from definitions(child, kinds, name)


def sources(paths):
    """The `Source` of each Python file among `paths` and in the folders among them, in order."""
    files = []
    for path in map(Path, paths):
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [Source(file) for file in files]


def longest_function(source):
    """(lines of code, name) of the longest function of a source; (0, "") if it has none."""
    sizes = [(source.body_code(node), name) for name, node in source.definitions(FUNCTIONS)]
    return max(sizes, default=(0, ""))


def main():
    paths = sys.argv[1:] or [ROOT / "keras"]
    missing = [str(path) for path in paths if not Path(path).exists()]
    if missing:
        sys.exit(f"source_sizes: no such file or folder: {', '.join(missing)}")
    rows = sources(paths)
    if not rows:
        sys.exit(f"source_sizes: no Python file in {', '.join(map(str, paths))}")
    over = 0
    print(f"{'lines':>6} {'code':>6} {'function':>8}  file, its longest function")
    for source in rows:
        size, name = longest_function(source)
        marks = ["file too long"] * (source.lines > FILE_LINES)
        marks += ["function too long"] * (size > FUNCTION_CODE)
        over += bool(marks)
        mark = f"   <-- {', '.join(marks)}" if marks else ""
        print(f"{source.lines:6} {len(source.code):6} {size:8}  {source.name}, {name or '-'}{mark}")
    lines, code = (sum(sizes) for sizes in zip(*((s.lines, len(s.code)) for s in rows)))
    print(f"{lines:6} {code:6} {'':8}  {len(rows)} files, {over} over a limit")
    print(f"limits: {FILE_LINES} lines a file, {FUNCTION_CODE} lines of code a function")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
