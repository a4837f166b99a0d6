//! Descriptions written in YAML.

mod document;
mod entries;
mod node;
mod reader;
mod schema;

pub use document::load;
pub(crate) use node::MOST_BYTES;
pub use schema::json_schema;
