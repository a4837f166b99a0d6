//! Values as JSON: addresses and words are hexadecimal strings.

use gpt_codegen::interpreter::{Attributes, Value};
use serde_json::{Map, Number, Value as Json};

/// A hexadecimal string.
pub(crate) fn hex(number: impl Into<u128>) -> Json {
    Json::String(format!("{:#x}", number.into()))
}

/// Attributes as an object of booleans, numbers and names of codes.
pub(crate) fn attributes(attributes: &Attributes) -> Json {
    let pairs = attributes.iter().map(|(name, value)| (name.clone(), self::value(value)));
    Json::Object(pairs.collect::<Map<_, _>>())
}

/// A value; numbers that JSON cannot hold are hexadecimal strings.
pub(crate) fn value(value: &Value) -> Json {
    match value {
        Value::Flag(flag) => Json::Bool(*flag),
        Value::Code(name) => Json::String(name.clone()),
        Value::Number(number) => {
            u64::try_from(*number).map_or_else(|_| hex(*number), |it| Json::Number(Number::from(it)))
        }
    }
}

/// The text of a JSON value, indented, with a line end.
pub(crate) fn text(json: &Json) -> String {
    format!("{json:#}\n")
}
