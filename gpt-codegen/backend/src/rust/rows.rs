//! Rows of the runtime's macros as text.

use std::fmt::Write;

use proc_macro2::TokenStream;

/// How wide lines become.
const WIDTH: usize = 110;

/// The calls of the runtime's macros that a module is made of: what pages say and the codes of that, what table entries
/// say, the types of entries, and the levels.
pub(super) struct Macros<T> {
    pub(super) codes: Vec<T>,
    pub(super) attributes: Vec<T>,
    pub(super) tables: Vec<T>,
    pub(super) types: Vec<T>,
    pub(super) levels: Vec<T>,
}

impl Macros<String> {
    /// All of them, in the order in which they stand.
    #[cfg(feature = "tools")]
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let Self { codes, attributes, tables, types, levels } = self;
        [codes, attributes, tables, types, levels].into_iter().flatten().map(String::as_str)
    }

    /// Each as what `convert` makes of it; it is told the number in this order.
    pub(super) fn tokens(&self, convert: impl Fn(usize, &str) -> TokenStream) -> Macros<TokenStream> {
        let mut numbers = 0..;
        let mut all = |texts: &[String]| -> Vec<TokenStream> {
            texts.iter().zip(numbers.by_ref()).map(|(text, number)| convert(number, text)).collect()
        };
        Macros {
            codes: all(&self.codes),
            attributes: all(&self.attributes),
            tables: all(&self.tables),
            types: all(&self.types),
            levels: all(&self.levels),
        }
    }
}

/// A section of rows; nothing where there are none.
pub(super) fn section(head: &str, rows: impl IntoIterator<Item = String>) -> String {
    let rows = rows.into_iter().fold(String::new(), |mut text, row| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "        {};", wrapped(&row, 9));
        text
    });
    if rows.is_empty() { rows } else { format!("    {head} {{\n{rows}    }}\n") }
}

/// The text, with line breaks at `&&`, `||` and `=>` where it would become too long behind `indent` characters.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let (mut all, mut width) = (String::new(), indent);
    for (place, word) in text.split(' ').enumerate() {
        let ahead = text.split(' ').skip(place + 1).take_while(|word| !matches!(*word, "&&" | "||" | "=>"));
        let clause = word.len() + ahead.map(|word| word.len() + 1).sum::<usize>();
        if matches!(word, "&&" | "||" | "=>") && width + 1 + clause > WIDTH {
            all.push_str("\n            ");
            width = 12;
        } else if place > 0 {
            all.push(' ');
            width += 1;
        }
        all.push_str(word);
        width += word.len();
    }
    all
}
