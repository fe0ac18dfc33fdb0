"""The picture of a model, drawn without graphviz: as SVG by ourselves, else by matplotlib."""
from html import escape
from math import copysign

from .layout import Layout

FONT_SIZE = 14.  # points, as graphviz
LINE = 17.
PADDING = 8.
MARGIN = 4.
MOST_PIXELS = 60000  # matplotlib draws no higher and no wider pictures than 2 ** 16
ARROW = 8., 3.5  # length, half the width

# Widths of Times, in thousandths of the font's size.
_WIDTHS = {
    **dict.fromkeys("ijlt:;/\\", 278), **dict.fromkeys(" ,.", 250),
    **dict.fromkeys("frI()[]-", 333),
    **dict.fromkeys("sJ", 389), **dict.fromkeys("acez", 444), **dict.fromkeys("FPS", 556),
    **dict.fromkeys("ELTZ", 611), **dict.fromkeys("BCR", 667),
    **dict.fromkeys("wADGHKNOQUVXY", 722), "m": 778, "M": 889, "W": 944, "|": 200,
}


def text_width(text):
    """Width of a line of text, in points.

    Arguments
        text: string.
    """
    return FONT_SIZE / 960 * sum(  # fonts like it are up to 4 % wider
        _WIDTHS.get(letter, 500 if ord(letter) < 0x2e80 else 1000) for letter in text)


class Box:
    """A layer in the picture: its title and, if they are shown, its shapes.

    Arguments
        title: string.
        shapes: (input shape, output shape), strings, or None.
        upright: whether the shapes stand below the title rather than beside it.
    """

    def __init__(self, title, shapes=None, upright=False):
        self.title = title
        self.shapes = shapes
        self.upright = upright
        self.title_width = text_width(title) + 2 * PADDING
        self.label_width = text_width("output:") + 2 * PADDING
        shape_width = max(map(text_width, shapes)) + 2 * PADDING if shapes else 0.
        row = LINE + PADDING
        if not shapes:
            self.size = (self.title_width, LINE + 2 * PADDING)
        elif upright:
            self.size = (max(self.title_width, self.label_width + shape_width), 3 * row)
        else:
            self.size = (self.title_width + self.label_width + shape_width, 2 * row)

    def parts(self, x, y):
        """Lines and texts, for a box whose center is (x, y).

        Arguments
            x: float.
            y: float.

        Returns
            (list of (x0, y0, x1, y1), list of (x, y of the middle, text)).
        """
        width, height = self.size
        left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        if not self.shapes:
            return [], [(x, y, self.title)]
        if self.upright:
            head = top + height / 3
            column, start = left + self.label_width, left
            lines, title = [(left, head, right, head)], (x, top + height / 6, self.title)
        else:
            head, start = top, left + self.title_width
            column = start + self.label_width
            lines = [(start, top, start, bottom)]
            title = (left + self.title_width / 2, y, self.title)
        row = (bottom - head) / 2
        lines += [(column, head, column, bottom), (start, head + row, right, head + row)]
        texts = [title]
        for i, (label, shape) in enumerate(zip(("input:", "output:"), self.shapes)):
            middle = head + (i + 0.5) * row
            texts += [((start + column) / 2, middle, label), ((column + right) / 2, middle, shape)]
        return lines, texts


class Diagram:
    """Boxes and arrows; it answers `create` and `write` as pydot's graphs do.

    Arguments
        boxes: list of Box.
        edges: list of (box, box), numbers.
        rankdir: 'TB', 'BT', 'LR' or 'RL': where the lines run.
    """

    def __init__(self, boxes, edges, rankdir="TB"):
        if rankdir not in ("TB", "BT", "LR", "RL"):
            raise ValueError(f"rankdir is 'TB', 'BT', 'LR' or 'RL'; given {rankdir!r}.")
        self.boxes = boxes
        self.rankdir = rankdir
        across = rankdir in ("LR", "RL")
        sizes = [box.size[::-1] if across else box.size for box in boxes]
        layout = Layout(sizes, edges)
        corners = [(cx + sx * w / 2, cy + sy * h / 2) for (cx, cy), (w, h) in
                   zip(layout.centers, sizes) for sx in (-1, 1) for sy in (-1, 1)]
        everything = corners + [p for route in layout.routes for p in route]
        xs, ys = zip(*everything or [(0., 0.)])
        self._low, self._high = (min(xs), min(ys)), (max(xs), max(ys))
        spans = [high - low + 2 * MARGIN for low, high in zip(self._low, self._high)]
        self.width, self.height = spans[::-1] if across else spans
        self.centers = [self._placed(point) for point in layout.centers]
        self.routes = [[self._placed(point) for point in route] for route in layout.routes]

    def _placed(self, point):
        """A point of the layout, which runs down, in the picture."""
        x, y = point[0] - self._low[0] + MARGIN, point[1] - self._low[1] + MARGIN
        if self.rankdir in ("BT", "RL"):
            y = self._high[1] - self._low[1] + 2 * MARGIN - y
        return (x, y) if self.rankdir in ("TB", "BT") else (y, x)

    def _curve(self, route):
        """A line as cubic pieces: [(start, control, control, end)], and its arrow's direction."""
        down = self.rankdir in ("TB", "BT")
        tip = route[-1]
        before = next(p for p in reversed(route) if p != tip)
        # It arrives along the ranks, but for the loop at a box's side.
        dx, dy = copysign(1, tip[0] - before[0]), copysign(1, tip[1] - before[1])
        loop = (tip[1] if down else tip[0]) == (before[1] if down else before[0])
        dx, dy = (dx, 0) if down is loop else (0, dy)
        back = (tip[0] - ARROW[0] * dx, tip[1] - ARROW[0] * dy)
        points = [p for p in route if p != tip]
        pieces = []
        for a, b in zip(points, [*points[1:], back]):
            x, y = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
            controls = ((a[0], y), (b[0], y)) if down else ((x, a[1]), (x, b[1]))
            if a != b:
                pieces.append((a, *controls, b))
        side = ARROW[1]
        wings = [(back[0] - side * dy, back[1] + side * dx),
                 (back[0] + side * dy, back[1] - side * dx)]
        return pieces, [tip, *wings]

    # SVG

    def svg(self):
        """The picture as the text of an SVG file."""
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}pt" '
               f'height="{self.height:.0f}pt" viewBox="0 0 {self.width:.1f} {self.height:.1f}" '
               f'font-family="Times New Roman,Times,serif" font-size="{FONT_SIZE:g}" '
               f'text-anchor="middle" stroke="black" fill="none">',
               f'<rect width="{self.width:.1f}" height="{self.height:.1f}" fill="white" '
               f'stroke="none"/>']
        for route in self.routes:
            pieces, arrow = self._curve(route)
            path = "M{:.1f},{:.1f}".format(*pieces[0][0]) + "".join(
                "C" + " ".join("{:.1f},{:.1f}".format(*p) for p in piece[1:]) for piece in pieces)
            corners = " ".join("{:.1f},{:.1f}".format(*p) for p in arrow)
            out.append(f'<path d="{path}"/><polygon points="{corners}" fill="black"/>')
        for box, center in zip(self.boxes, self.centers):
            out.append(self._svg_box(box, *center))
        return "\n".join([*out, "</svg>\n"])

    def _svg_box(self, box, x, y):
        width, height = box.size
        lines, texts = box.parts(x, y)
        parts = [f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
                 f'height="{height:.1f}" fill="white"/>']
        parts += ['<path d="M{:.1f},{:.1f}L{:.1f},{:.1f}"/>'.format(*line) for line in lines]
        # Letters stand on their line, about a third of their height below the middle.
        parts += [f'<text x="{tx:.1f}" y="{ty + FONT_SIZE * 0.32:.1f}" stroke="none" '
                  f'fill="black">{escape(text)}</text>' for tx, ty, text in texts]
        return f"<g>{''.join(parts)}</g>"

    def _repr_svg_(self):
        """What a notebook shows."""
        return self.svg()

    # Other formats

    def _painted(self, file, format):
        """Let matplotlib draw it."""
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
            from matplotlib.patches import PathPatch, Polygon, Rectangle
            from matplotlib.path import Path
        except ImportError as error:
            raise ImportError(
                f"plot_model: to draw {format!r} without the program graphviz, matplotlib is "
                f"needed: pip install matplotlib (it is in the extra keras-classic[pictures]). "
                f"'svg' needs neither.") from error
        figure = Figure(figsize=(self.width / 72, self.height / 72))
        FigureCanvasAgg(figure)
        axes = figure.add_axes([0, 0, 1, 1])
        axes.set_axis_off()
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        for route in self.routes:
            pieces, arrow = self._curve(route)
            points = [pieces[0][0], *(p for piece in pieces for p in piece[1:])]
            codes = [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)]
            axes.add_patch(PathPatch(Path(points, codes), fill=False, linewidth=1))
            axes.add_patch(Polygon(arrow, facecolor="black", linewidth=0))
        for box, (x, y) in zip(self.boxes, self.centers):
            lines, texts = box.parts(x, y)
            width, height = box.size
            axes.add_patch(Rectangle((x - width / 2, y - height / 2), width, height,
                                     facecolor="white", edgecolor="black", linewidth=1))
            for x0, y0, x1, y1 in lines:
                axes.add_patch(PathPatch(Path([(x0, y0), (x1, y1)]), linewidth=1))
            for tx, ty, text in texts:
                axes.text(tx, ty, text.replace("$", r"\$"), size=FONT_SIZE, ha="center",
                          va="center_baseline", family=["STIXGeneral", "DejaVu Sans"])
        dpi = min(96., 72 * MOST_PIXELS / max(self.width, self.height))
        figure.savefig(file, format=format, dpi=dpi)

    def create(self, prog=None, format="svg"):
        """The picture as bytes.

        Arguments
            prog: ignored: pydot's name for the program that draws.
            format: 'svg', 'png', 'pdf', 'jpg', ... what matplotlib writes.
        """
        from io import BytesIO
        if format == "svg":
            return self.svg().encode()
        file = BytesIO()
        self._painted(file, format)
        return file.getvalue()

    def write(self, path, prog=None, format="png"):
        """Write the picture to a file.

        Arguments
            path: string.
            prog: ignored, as of `create`.
            format: as of `create`.

        Returns
            True, as pydot's.
        """
        picture = self.create(prog, format)
        with open(path, "wb") as file:
            file.write(picture)
        return True

    def create_svg(self, prog=None):
        """As `create(format='svg')`.

        Arguments
            prog: ignored.
        """
        return self.create(prog, "svg")

    def create_png(self, prog=None):
        """As `create(format='png')`.

        Arguments
            prog: ignored.
        """
        return self.create(prog, "png")

    def write_svg(self, path, prog=None):
        """As `write(path, format='svg')`.

        Arguments
            path: string.
            prog: ignored.
        """
        return self.write(path, prog, "svg")

    def write_png(self, path, prog=None):
        """As `write(path, format='png')`.

        Arguments
            path: string.
            prog: ignored.
        """
        return self.write(path, prog, "png")
