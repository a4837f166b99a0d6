//! The item that the derive stands on, as far as a format is written in it.
//!
//! The compiler has read it before: it is a struct, an enum or a union as the language has them. So nothing is checked
//! here, and of types no more is known than where they end.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;

use super::cursor::Cursor;
use super::value::Value;

/// A struct, an enum or a union.
pub(super) struct Item {
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: TokenStream,
    pub(super) name: Ident,
    /// `<…>`, if there is such.
    pub(super) parameters: TokenStream,
    pub(super) body: Body,
}

/// What an item consists of.
pub(super) enum Body {
    /// An enum.
    Variants(Vec<ItemVariant>),
    /// A struct.
    Fields(Vec<ItemField>),
    /// A union.
    Union,
}

/// A variant of an enum.
pub(super) struct ItemVariant {
    pub(super) attributes: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) fields: Vec<ItemField>,
    /// What stands after `=`.
    pub(super) number: TokenStream,
}

/// A field of a struct or variant.
pub(super) struct ItemField {
    pub(super) attributes: Vec<Attribute>,
    /// Its name, if it has one.
    pub(super) name: Option<Ident>,
    pub(super) type_: TokenStream,
}

/// An attribute whose path is a single name.
pub(super) struct Attribute {
    pub(super) name: Ident,
    pub(super) value: Value,
}

/// Reads an item; `None` where it is none that a derive can stand on.
pub(super) fn item(tokens: TokenStream) -> Option<Item> {
    let mut tokens = Cursor::new(tokens);
    let (attributes, visibility) = (attributes(&mut tokens), visibility(&mut tokens));
    let (keyword, name) = (tokens.ident()?.to_string(), tokens.ident()?);
    let parameters = tokens.angles();
    // Bounds can stand between the name and the braces, but not before parentheses.
    let body = match tokens.group(Delimiter::Parenthesis) {
        Some(group) => Some(group),
        None => match tokens.last() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        },
    };
    let body = match (keyword.as_str(), body) {
        ("enum", Some(body)) => Body::Variants(variants(body.stream())),
        ("struct", Some(body)) => Body::Fields(fields(&body)),
        ("struct", None) => Body::Fields(Vec::new()),
        ("union", Some(_)) => Body::Union,
        _ => return None,
    };
    Some(Item { attributes, visibility, name, parameters, body })
}

fn variants(tokens: TokenStream) -> Vec<ItemVariant> {
    let mut tokens = Cursor::new(tokens);
    let mut variants = Vec::new();
    while tokens.peek().is_some() {
        let attributes = attributes(&mut tokens);
        if let Some(name) = tokens.ident() {
            let fields = match tokens.group(Delimiter::Brace).or_else(|| tokens.group(Delimiter::Parenthesis)) {
                Some(group) => fields(&group),
                None => Vec::new(),
            };
            let number = if tokens.punct('=') { tokens.expression() } else { TokenStream::new() };
            variants.push(ItemVariant { attributes, name, fields, number });
        }
        tokens.before_comma();
        tokens.punct(',');
    }
    variants
}

fn fields(group: &Group) -> Vec<ItemField> {
    let mut tokens = Cursor::new(group.stream());
    let mut fields = Vec::new();
    while tokens.peek().is_some() {
        let attributes = attributes(&mut tokens);
        visibility(&mut tokens);
        let mut name = None;
        if group.delimiter() == Delimiter::Brace {
            name = tokens.ident();
            tokens.punct(':');
        }
        fields.push(ItemField { attributes, name, type_: tokens.before_comma() });
        tokens.punct(',');
    }
    fields
}

/// The attributes of what follows. Those whose path has several names are left out: none of them is ours.
fn attributes(tokens: &mut Cursor) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    while tokens.punct('#') {
        let Some(group) = tokens.group(Delimiter::Bracket) else { continue };
        let mut tokens = Cursor::new(group.stream());
        let Some(name) = tokens.ident() else { continue };
        let value = match tokens.next() {
            None => Value::Nothing,
            Some(TokenTree::Group(group)) => Value::Parentheses(group.stream(), group.span_close()),
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => Value::Equals(tokens.rest()),
            Some(_) => continue,
        };
        attributes.push(Attribute { name, value });
    }
    attributes
}

/// `pub`, with what restricts it.
fn visibility(tokens: &mut Cursor) -> TokenStream {
    let mut visibility = TokenStream::new();
    if matches!(tokens.peek(), Some(TokenTree::Ident(ident)) if ident == "pub") {
        tokens.next().to_tokens(&mut visibility);
        if let Some(TokenTree::Group(group)) = tokens.peek()
            && group.delimiter() == Delimiter::Parenthesis
            && restricts(group)
        {
            tokens.next().to_tokens(&mut visibility);
        }
    }
    visibility
}

/// Whether parentheses after `pub` belong to it: the type of a field without a name can stand in parentheses too.
fn restricts(group: &Group) -> bool {
    let mut inside = Cursor::new(group.stream());
    match inside.ident() {
        Some(first) if first == "in" => true,
        Some(first) if first == "crate" || first == "self" || first == "super" => inside.peek().is_none(),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

    use super::{Body, Item, ItemField, item};
    use crate::syntax::derive::value::Value;

    fn read(text: &str) -> Item {
        item(text.parse().unwrap()).unwrap_or_else(|| panic!("{text}"))
    }

    /// Each field as its name and its type, which tokens print in a way of their own.
    fn said(fields: &[ItemField]) -> Vec<String> {
        let name = |field: &ItemField| field.name.as_ref().map_or_else(|| "_".to_owned(), ToString::to_string);
        fields.iter().map(|field| format!("{}: {}", name(field), field.type_)).collect()
    }

    fn fields(text: &str) -> Vec<String> {
        match read(text).body {
            Body::Fields(fields) => said(&fields),
            _ => panic!("{text}"),
        }
    }

    #[test]
    fn a_type_ends_where_the_compiler_ends_it() {
        let text = "struct S { a: Map<u8, Vec<u16>>, pub(in crate::x) b: fn(u8, u8) -> [u8; { 1 < 2 } as usize], c: <T as F<A, B>>::C }";
        let expected =
            ["a: Map < u8 , Vec < u16 >>", "b: fn (u8 , u8) -> [u8 ; { 1 < 2 } as usize]", "c: < T as F < A , B >>::C"];
        assert_eq!(fields(text), expected.map(spaced));
        let unnamed = ["_: (crate::A, u8)", "_: A<fn() -> B, C>", "_: (u8)", "_: u8"];
        let text = "struct S(pub (crate::A, u8), pub(crate) A<fn() -> B, C>, pub (u8), pub(in self::a) u8);";
        assert_eq!(fields(text), unnamed.map(spaced));
        assert_eq!(fields("struct S;"), [""; 0]);
        assert_eq!(fields("struct S where u8: Copy;"), [""; 0]);
        assert_eq!(fields("pub struct S where [u8; { 3 }]: Copy { a: u8 }"), ["a: u8"]);
    }

    /// The same with the type as tokens print it.
    fn spaced(text: &str) -> String {
        let (name, type_) = text.split_once(": ").unwrap();
        format!("{name}: {}", type_.parse::<TokenStream>().unwrap())
    }

    #[test]
    fn parameters_are_taken_whole() {
        let text = "pub(super) enum E<A: Fn(u8) -> B<C>, const N: usize = 3> where A: X { V }";
        let item = read(text);
        let parameters: TokenStream = "<A: Fn(u8) -> B<C>, const N: usize = 3>".parse().unwrap();
        assert_eq!(item.parameters.to_string(), parameters.to_string());
        assert_eq!((item.visibility.to_string(), item.name.to_string()), ("pub (super)".to_owned(), "E".to_owned()));
        assert!(read("enum E<> { V }").parameters.is_empty());
    }

    #[test]
    fn variants_have_attributes_fields_and_numbers() {
        let text = "enum E { #[at(A, B)] #[rustfmt::skip] #[x = 1] A, B { b: u8 } = 1 << 2, #[c] C(u8, u16), r#D = 4 }";
        let Body::Variants(variants) = read(text).body else { panic!("{text}") };
        let names: Vec<String> = variants.iter().map(|variant| variant.name.to_string()).collect();
        assert_eq!(names, ["A", "B", "C", "r#D"]);
        let numbers: Vec<String> = variants.iter().map(|variant| variant.number.to_string()).collect();
        assert_eq!(numbers, ["", "1 << 2", "", "4"]);
        assert_eq!(said(&variants[1].fields), ["b: u8"]);
        assert_eq!(said(&variants[2].fields), ["_: u8", "_: u16"]);
        let attributes = &variants[0].attributes;
        assert!(matches!(&attributes[0].value, Value::Parentheses(tokens, _) if tokens.to_string() == "A , B"));
        assert!(matches!(&attributes[1].value, Value::Equals(tokens) if tokens.to_string() == "1"));
        assert!(matches!(variants[2].attributes[0].value, Value::Nothing));
        assert_eq!(attributes.len(), 2);
    }

    /// What the compiler puts around the variables of a macro.
    fn none(text: &str) -> TokenTree {
        TokenTree::Group(Group::new(Delimiter::None, text.parse().unwrap()))
    }

    #[test]
    fn variables_of_macros_are_what_they_stand_for() {
        let tokens = |text: &str| text.parse::<TokenStream>().unwrap().into_iter();
        let mut field = TokenStream::from_iter([none("pub(crate)")]);
        field.extend(
            tokens("a:").chain([none("Map<u8, u16>")]).chain(tokens(",")).chain([none("")]).chain(tokens("b: u8")),
        );
        let mut item = TokenStream::from_iter([none("")]);
        item.extend(tokens("struct S").chain([TokenTree::Group(Group::new(Delimiter::Brace, field))]));
        let Body::Fields(fields) = super::item(item).unwrap().body else { panic!("no struct") };
        assert_eq!(fields.len(), 2);
        assert_eq!(fields[0].type_.to_string(), none("Map<u8, u16>").to_string());
        assert_eq!(fields[1].name.as_ref().unwrap(), "b");
    }

    #[test]
    fn other_items_are_none() {
        for text in ["", "fn f() {}", "enum E;", "struct", "impl S {}", "1 + 1", "const C: u8 = { 1 };"] {
            assert!(item(text.parse().unwrap()).is_none(), "{text}");
        }
    }
}
