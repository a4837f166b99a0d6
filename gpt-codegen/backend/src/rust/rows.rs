//! Rows of the runtime's macros as text.

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
    pub(super) fn tokens(&self, convert: &dyn Fn(usize, &str) -> TokenStream) -> Macros<TokenStream> {
        let mut number = 0;
        let mut all = |texts: &[String]| -> Vec<TokenStream> {
            let mut tokens = Vec::new();
            for text in texts {
                tokens.push(convert(number, text));
                number += 1;
            }
            tokens
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
pub(super) fn section(head: &str, rows: &[String]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("    {head} {{\n");
    for row in rows {
        text.push_str(&format!("        {};\n", wrapped(row, 9)));
    }
    text.push_str("    }\n");
    text
}

/// Puts one more item at the end of a list.
pub(super) fn push_item(list: &mut String, between: &str, item: &str) {
    if !list.is_empty() {
        list.push_str(between);
    }
    list.push_str(item);
}

/// The text, with line breaks at `&&`, `||` and `=>` where it would become too long behind `indent` characters.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let mut clauses: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match clauses.last_mut() {
            Some(clause) if !matches!(word, "&&" | "||" | "=>") => {
                clause.push(' ');
                clause.push_str(word);
            }
            _ => clauses.push(word.to_owned()),
        }
    }
    let (mut all, mut width) = (String::new(), indent);
    for (place, clause) in clauses.iter().enumerate() {
        if place > 0 && width + 1 + clause.len() > WIDTH {
            all.push_str("\n            ");
            width = 12;
        } else if place > 0 {
            all.push(' ');
            width += 1;
        }
        all.push_str(clause);
        width += clause.len();
    }
    all
}
