//! Tokens one after the other.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;

/// Tokens that are taken from the front.
///
/// What a macro put in for one of its variables stands in a group without delimiters, which is opened where it is met.
pub(super) struct Cursor {
    /// What is ahead; the next token is the last.
    ahead: Vec<TokenTree>,
}

impl Cursor {
    pub(super) fn new(tokens: TokenStream) -> Self {
        let mut cursor = Self { ahead: Vec::new() };
        cursor.put(tokens);
        cursor
    }

    /// Puts tokens before what is ahead.
    fn put(&mut self, tokens: TokenStream) {
        let start = self.ahead.len();
        for token in tokens {
            self.ahead.push(token);
        }
        if let Some(put) = self.ahead.get_mut(start..) {
            put.reverse();
        }
    }

    /// The next token, where it is.
    pub(super) fn peek(&mut self) -> Option<&TokenTree> {
        while let Some(TokenTree::Group(group)) = self.ahead.last()
            && group.delimiter() == Delimiter::None
        {
            let inside = group.stream();
            self.ahead.pop();
            self.put(inside);
        }
        self.ahead.last()
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Option<TokenTree> {
        self.peek()?;
        self.ahead.pop()
    }

    /// Takes a name, if one is next.
    pub(super) fn ident(&mut self) -> Option<Ident> {
        let Some(TokenTree::Ident(ident)) = self.peek() else { return None };
        let ident = ident.clone();
        self.ahead.pop();
        Some(ident)
    }

    /// Takes a group with this delimiter, if one is next.
    pub(super) fn group(&mut self, delimiter: Delimiter) -> Option<Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
                let group = group.clone();
                self.ahead.pop();
                Some(group)
            }
            _ => None,
        }
    }

    /// Whether this character is next.
    pub(super) fn is_at(&mut self, character: char) -> bool {
        matches!(self.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == character)
    }

    /// Takes this character, if it is next.
    pub(super) fn punct(&mut self, character: char) -> bool {
        let met = self.is_at(character);
        if met {
            self.ahead.pop();
        }
        met
    }

    /// Takes everything before a comma that is in no `<…>`, as it is.
    pub(super) fn before_comma(&mut self) -> TokenStream {
        self.up_to(',')
    }

    /// Takes `<…>`, if it is next, and gives it if something is in it.
    pub(super) fn angles(&mut self) -> TokenStream {
        if !self.is_at('<') {
            return TokenStream::new();
        }
        let angles = self.up_to('>');
        if angles.clone().into_iter().nth(2).is_some() { angles } else { TokenStream::new() }
    }

    /// Takes everything before a comma, or up to and with a `>`, that is in no `<…>`.
    fn up_to(&mut self, end: char) -> TokenStream {
        let (mut taken, mut depth, mut last) = (TokenStream::new(), 0_u32, ' ');
        while let Some(token) = self.ahead.pop() {
            let mut character = ' ';
            if let TokenTree::Punct(punct) = &token {
                character = punct.as_char();
            }
            if depth == 0 && character == ',' && end == ',' {
                self.ahead.push(token);
                break;
            }
            token.to_tokens(&mut taken);
            match character {
                '<' => depth += 1,
                // The arrow before what a function gives closes nothing.
                '>' if last != '-' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && end == '>' {
                break;
            }
            last = character;
        }
        taken
    }

    /// Takes everything before the next comma: in an expression `<` compares or shifts.
    pub(super) fn expression(&mut self) -> TokenStream {
        let mut taken = TokenStream::new();
        while !self.is_at(',')
            && let Some(token) = self.next()
        {
            token.to_tokens(&mut taken);
        }
        taken
    }

    /// Takes everything that is left.
    pub(super) fn rest(&mut self) -> TokenStream {
        let mut rest = TokenStream::new();
        while let Some(token) = self.ahead.pop() {
            token.to_tokens(&mut rest);
        }
        rest
    }

    /// Takes everything that is left and gives the last token.
    pub(super) fn last(&mut self) -> Option<TokenTree> {
        let mut last = None;
        while let Some(token) = self.next() {
            last = Some(token);
        }
        last
    }
}
