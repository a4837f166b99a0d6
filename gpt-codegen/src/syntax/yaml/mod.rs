//! Descriptions written in YAML.

mod document;
mod entries;
mod node;
mod reader;
mod schema;

pub use document::load;
pub use schema::json_schema;
