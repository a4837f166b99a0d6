//! From a kind and the values of its fields to a word.

use std::collections::BTreeSet;

use crate::check::Checked;
use crate::model::{self, CodeTable, Field, Format, Kind, Layout, LevelId, Meaning, Places, Role, Target};

use super::address::scatter;
use super::attributes::{attribute_name, code_table, granted_by_any, is_flag};
use super::error::EncodeError;
use super::value::{Attributes, Value};

/// Makes an entry.
///
/// A value is given under the name of an attribute, where polarity is resolved (`execute` is true where it is
/// allowed), or under the manual's name, which stands for the bits as they are. `page` and `table` are whole output
/// addresses; with two children, a table goes by the name of its level.
///
/// Attributes that are not given are false or zero: permissions are not granted. Where only manual's names are given,
/// the bits of all other fields are zero.
///
/// # Errors
/// When there is no such kind or field, a value does not fit, or the entry cannot hold an address.
pub fn encode(checked: &Checked, level: LevelId, kind: &str, values: &Attributes) -> Result<u128, EncodeError> {
    let format = checked.format();
    let found = format.layouts_at(level).find(|(candidate, _)| candidate.name == kind);
    let (kind, layout) = found.ok_or_else(|| EncodeError::UnknownKind {
        kind: kind.to_owned(),
        level: format.level(level).name.clone(),
        known: format.layouts_at(level).map(|(kind, _)| kind.name.clone()).collect(),
    })?;
    let word = compose(format, kind, layout, values)?;
    if layout.matches.fits(layout.as_whole(word)) {
        Ok(word)
    } else {
        Err(EncodeError::OtherKind { kind: kind.name.clone(), word })
    }
}

/// The word with these values, whether or not it fulfils the kind's condition.
pub(super) fn compose(format: &Format, kind: &Kind, layout: &Layout, values: &Attributes) -> Result<u128, EncodeError> {
    let mut word = if by_manual_alone(format, layout, values) { layout.skeleton() } else { nothing_allowed(layout) };
    let (granting, own) = (granting_fields(format, layout), layout.values());
    for (field, table) in &granting {
        word = field.places.set(word, code_for(field, table, layout, values)?);
    }
    for (name, value) in values {
        let by_attribute = own.iter().find(|own| attribute_name(own.field).as_deref() == Some(name));
        let by_manual = || manual_field(layout, name);
        if let Some(target) = target_named(format, layout, name) {
            let Value::Number(address) = value else {
                return Err(EncodeError::WrongValue { field: name.clone(), takes: "an address".to_owned() });
            };
            word = scatter(layout, target, word, *address)?;
        } else if let Some(own) = by_attribute {
            word = own.places.set(word, bits_of(format, own, name, value)?);
        } else if let Some(field) = by_manual() {
            word = set_bits(field, name, value, word, layout)?;
        } else if !granting.iter().any(|(_, table)| granted_by_any(table).any(|it| it.identifier() == *name)) {
            return Err(EncodeError::UnknownField {
                field: name.clone(),
                kind: kind.name.clone(),
                known: known_names(layout),
            });
        }
    }
    for (field, table) in &granting {
        agree(field, table, layout, values, word)?;
    }
    Ok(word)
}

/// The row with this manual's name.
fn manual_field<'l>(layout: &'l Layout, name: &str) -> Option<&'l Field> {
    layout.fields.iter().find(|field| !field.name.is_empty() && field.name == name)
}

/// Whether values are given under manual's names, and none under the name of an attribute.
fn by_manual_alone(format: &Format, layout: &Layout, values: &Attributes) -> bool {
    let is_target = |name: &String| target_named(format, layout, name).is_some();
    let is_attribute = |name: &String| layout.fields.iter().any(|field| attribute_name(field).as_ref() == Some(name));
    let manual = |name: &&String| !is_target(name) && !is_attribute(name) && manual_field(layout, name).is_some();
    values.keys().any(|name| manual(&name)) && values.keys().all(|name| is_target(name) || manual(&name))
}

/// Checks that the code in a row grants the permissions that are given beside it.
fn agree(
    field: &model::Value<'_>,
    table: &CodeTable,
    layout: &Layout,
    values: &Attributes,
    word: u128,
) -> Result<(), EncodeError> {
    let code = table.codes.iter().find(|code| code.value == field.places.get(word));
    for meaning in granted_by_any(table) {
        let permission = meaning.identifier();
        let granted = code.is_some_and(|code| code.grants.contains(meaning));
        let wanted = match values.get(&permission) {
            Some(Value::Flag(wanted)) => *wanted,
            Some(Value::Number(wanted)) => *wanted != 0,
            _ => continue,
        };
        if granted != wanted && !(granted && own_bit(layout, &permission)) {
            let name = attribute_name(field.field).unwrap_or_default();
            let takes = format!("{granted}, which is what the code of `{name}` says: leave one of the two out");
            return Err(EncodeError::WrongValue { field: permission, takes });
        }
    }
    Ok(())
}

/// Whether a permission has a bit of its own, which can forbid what a code grants.
fn own_bit(layout: &Layout, permission: &str) -> bool {
    layout.values().iter().any(|own| is_flag(own) && attribute_name(own.field).as_deref() == Some(permission))
}

/// The skeleton with every attribute false or zero.
fn nothing_allowed(layout: &Layout) -> u128 {
    layout.fields.iter().fold(layout.skeleton(), |word, field| match field.role {
        Role::Setting { negative: true, codes: None, .. } => field.bits.set(word, u128::MAX),
        _ => word,
    })
}

fn granting_fields<'f>(format: &'f Format, layout: &'f Layout) -> Vec<(model::Value<'f>, &'f CodeTable)> {
    let tables = layout.values().into_iter().filter_map(|value| match value.field.role {
        Role::Setting { codes: Some(id), .. } => Some((value, code_table(format, id)?)),
        _ => None,
    });
    tables.filter(|(_, table)| granted_by_any(table).next().is_some()).collect()
}

/// The code that grants the permissions asked for; zero where none is spoken of.
fn code_for(
    field: &model::Value<'_>,
    table: &CodeTable,
    layout: &Layout,
    values: &Attributes,
) -> Result<u128, EncodeError> {
    let universe: BTreeSet<String> = granted_by_any(table).map(Meaning::identifier).collect();
    let name = attribute_name(field.field).unwrap_or_default();
    if values.contains_key(&name) {
        return Ok(0);
    }
    if !universe.iter().any(|permission| values.contains_key(permission)) {
        return Ok(0);
    }
    let wanted = |permission: &String| matches!(values.get(permission), Some(Value::Flag(true) | Value::Number(1)));
    let fits = |grants: &[Meaning], exactly: bool| {
        universe.iter().all(|permission| {
            let granted = grants.iter().any(|meaning| meaning.identifier() == *permission);
            granted == wanted(permission) || (granted && !exactly && own_bit(layout, permission))
        })
    };
    let exact = table.codes.iter().find(|code| fits(&code.grants, true));
    let code = exact.or_else(|| table.codes.iter().find(|code| fits(&code.grants, false)));
    let wanted = || universe.iter().filter(|permission| wanted(permission)).cloned().collect();
    code.map(|code| code.value).ok_or_else(|| EncodeError::NoCode { field: name, wanted: wanted() })
}

/// The bits of a row that say `value`, polarity resolved.
pub(super) fn bits_of(format: &Format, own: &model::Value<'_>, name: &str, value: &Value) -> Result<u128, EncodeError> {
    let Role::Setting { negative, codes, .. } = &own.field.role else {
        return number(&own.places, is_flag(own), name, value);
    };
    let table = codes.and_then(|id| code_table(format, id));
    if let (Value::Code(wanted), Some(table)) = (value, table) {
        let code = table.codes.iter().find(|code| code.name == *wanted);
        let names = || table.codes.iter().map(|code| code.name.as_str()).collect::<Vec<_>>().join(", ");
        let takes = || format!("a number or one of {}", names());
        return code
            .map(|code| code.value)
            .ok_or_else(|| EncodeError::WrongValue { field: name.to_owned(), takes: takes() });
    }
    let bits = number(&own.places, is_flag(own), name, value)?;
    Ok(if *negative { own.places.get(!own.places.set(0, bits)) } else { bits })
}

/// A value as the number that goes into a row.
fn number(places: &Places, flag: bool, name: &str, value: &Value) -> Result<u128, EncodeError> {
    let number = match value {
        Value::Flag(flag) => u128::from(*flag),
        Value::Number(number) => *number,
        Value::Code(_) => {
            let takes = if flag { "true or false" } else { "a number" };
            return Err(EncodeError::WrongValue { field: name.to_owned(), takes: takes.to_owned() });
        }
    };
    let bits = places.width();
    if places.get(places.set(0, number)) == number {
        Ok(number)
    } else {
        Err(EncodeError::TooWide { field: name.to_owned(), bits })
    }
}

/// `word` with the bits of a row given under the manual's name.
fn set_bits(field: &Field, name: &str, value: &Value, word: u128, layout: &Layout) -> Result<u128, EncodeError> {
    let raw = || {
        if let (Value::Code(_), Role::Setting { meaning, codes: Some(_), .. }) = (value, &field.role) {
            let takes = format!("a number; words are for `{}`", meaning.identifier());
            return Err(EncodeError::WrongValue { field: name.to_owned(), takes });
        }
        number(&Places::one(field.bits), field.bits.width() == 1, name, value)
    };
    match field.role {
        Role::Address { target, .. } => match value {
            Value::Number(address) => scatter(layout, target, word, *address),
            _ => Err(EncodeError::WrongValue { field: name.to_owned(), takes: "an address".to_owned() }),
        },
        Role::Constant(fixed) if field.extent.is_none() && raw()? != fixed => {
            Err(EncodeError::Fixed { field: name.to_owned(), value: fixed })
        }
        Role::Zero if raw()? != 0 => Err(EncodeError::Fixed { field: name.to_owned(), value: 0 }),
        _ => Ok(field.bits.set(word, raw()?)),
    }
}

/// What `page`, `table` or the name of a child's level stands for.
fn target_named(format: &Format, layout: &Layout, name: &str) -> Option<Target> {
    let here = |target: Target| layout.address_fields(target).next().is_some();
    let child = |place: usize| Target::Table(place);
    match name {
        "page" if here(Target::Page) => Some(Target::Page),
        "table" if layout.children.len() == 1 => Some(child(0)),
        _ => {
            let named = |level: LevelId| format.level(level).name == name;
            layout.children.iter().position(|it| named(it.level)).map(child).filter(|target| here(*target))
        }
    }
}

/// The names under which values can be given, in the order of the rows.
fn known_names(layout: &Layout) -> Vec<String> {
    let mut names = Vec::new();
    for field in &layout.fields {
        let name = match field.role {
            Role::Address { target: Target::Page, .. } => Some("page".to_owned()),
            Role::Address { .. } if layout.children.len() == 1 => Some("table".to_owned()),
            Role::Address { .. } if !field.name.is_empty() => Some(field.name.clone()),
            _ if field.extent.is_some() && !field.name.is_empty() => Some(field.name.clone()),
            _ => attribute_name(field),
        };
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}
