//! Colours: those of Okabe and Ito, which colour-blind people tell apart; lines differ by dashes too.
//!
//! Pictures have them as attributes. A style sheet changes what they look like on a dark page, by attribute.

/// A colour by what it is for.
pub(super) type Colour = &'static str;

pub(super) const BLUE: Colour = "#0072B2";
pub(super) const ORANGE: Colour = "#E69F00";
pub(super) const GREEN: Colour = "#009E73";
pub(super) const RED: Colour = "#D55E00";
pub(super) const PURPLE: Colour = "#CC79A7";
pub(super) const SKY: Colour = "#56B4E9";
pub(super) const BROWN: Colour = "#7A5230";
/// Text and whatever is as plain as text.
pub(super) const INK: Colour = "#222222";
/// Text beside the point, axes.
pub(super) const DIM: Colour = "#666666";
/// Lines of a mesh.
pub(super) const MESH: Colour = "#DDDDDD";
/// Boxes.
pub(super) const PAPER: Colour = "#FAFAFA";

/// One after the other, for things that have no colour of their own.
pub(super) const SERIES: [Colour; 7] = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY, BROWN];

/// What pictures look like, alone or in a page.
pub(super) const STYLE: &str = include_str!("picture.css");

/// A picture that is a file: it brings its style.
pub(super) fn styled(svg: &str) -> String {
    let style = format!(
        "<style>svg{{background:#fff}}{STYLE}@media(prefers-color-scheme:dark){{svg{{background:#16181c}}}}</style>"
    );
    match svg.find('>') {
        Some(end) => {
            let (head, rest) = svg.split_at(end.saturating_add(1));
            format!("{head}{style}{rest}\n")
        }
        None => svg.to_owned(),
    }
}
