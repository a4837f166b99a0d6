//! Comments in what is emitted. Tokens have none, so a comment is documentation with a mark until it is text.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// What stands at the start of documentation that is a comment in text.
pub(super) const COMMENT: &str = "@";
/// How wide comments become.
const WIDTH: usize = 100;

/// Whether comments are written, which only text can hold.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Comments {
    #[cfg(feature = "tools")]
    Written,
    Left,
}

impl Comments {
    /// The lines of a comment, if comments are written.
    pub(super) fn lines(self, text: &str) -> Vec<String> {
        if self == Self::Left { Vec::new() } else { wrap(text) }
    }

    /// A comment on why an `unsafe impl` keeps its promises.
    pub(super) fn safety(self, why: &str) -> TokenStream {
        let mut comment = TokenStream::new();
        for line in &self.lines(&format!("SAFETY: {why}")) {
            let line = format!("{COMMENT} {line}");
            quote!(#[doc = #line]).to_tokens(&mut comment);
        }
        comment
    }
}

/// The text in lines of limited width.
pub(super) fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
