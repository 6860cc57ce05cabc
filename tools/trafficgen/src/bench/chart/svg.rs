//! An SVG document: text, lines, boxes, points, in classes that a style sheet colours for light and dark surroundings.

use std::fmt::Write as _;

/// Colours for both surroundings; no font and no script from elsewhere.
const STYLE: &str = "svg{--back:#ffffff;--text:#1f2328;--dim:#59636e;--grid:#d1d9e0;--ours:#0969da;--nginx:#9a6700;--bound:#cf222e;\
    font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:12px}\
    @media (prefers-color-scheme:dark){svg{--back:#0d1117;--text:#e6edf3;--dim:#9198a1;--grid:#30363d;--ours:#58a6ff;--nginx:#d29922;--bound:#ff7b72}}\
    .back{fill:var(--back)}text{fill:var(--text)}.dim{fill:var(--dim);font-size:11px}.head{font-size:18px;font-weight:600}\
    .name{font-size:13px;font-weight:600}.grid{stroke:var(--grid);stroke-width:1}\
    .ours{fill:var(--ours)}.nginx{fill:var(--nginx)}.bound-text{fill:var(--bound);font-size:11px}\
    .ours-line,.nginx-line,.bound{fill:none;stroke-width:1.5}.ours-line{stroke:var(--ours)}.nginx-line{stroke:var(--nginx)}\
    .bound{stroke:var(--bound);stroke-dasharray:4 3}";

/// Where a text is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A document being drawn.
#[derive(Debug)]
pub(super) struct Svg {
    body: String,
}

impl Svg {
    /// An empty one with a title for those who do not see it.
    pub(super) fn new((width, height): (u32, u32), title: &str) -> Self {
        let body = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n<rect class=\"back\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n",
            escaped(title)
        );
        Self { body }
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), (class, anchor): (&str, Anchor), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    pub(super) fn bar(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let width = width.max(1.0);
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\"/>"
        ));
    }

    pub(super) fn point(&mut self, class: &str, (x, y): (f64, f64)) {
        self.put(format_args!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"));
    }

    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        self.put(format_args!("<polyline class=\"{class}\" points=\"{points}\"/>"));
    }

    /// The whole document.
    pub(super) fn finish(self) -> String {
        self.body + "</svg>\n"
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _written = writeln!(self.body, "{element}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_and_colours_follow_the_surroundings() {
        let mut svg = Svg::new((100, 50), "a < b");
        svg.text((1.0, 2.0), ("dim", Anchor::End), "<script>&");
        svg.path("ours-line", &[(1.0, 2.0), (3.0, 4.25)]);
        let document = svg.finish();
        assert!(document.contains("<title>a &lt; b</title>"));
        assert!(document.contains(">&lt;script&gt;&amp;</text>"));
        assert!(document.contains("points=\"1.0,2.0 3.0,4.2\""), "{document}");
        assert!(document.contains("prefers-color-scheme:dark"));
        assert!(!document.contains("http://") || document.matches("http").count() == 1);
    }
}
