//! Takes mappings away or changes their attributes, splitting pages that are only partly concerned.

use std::collections::BTreeSet;

use crate::check::Checked;
use crate::model::{Meaning, Role, Sort};

use super::address::{InputRange, InputSpace};
use super::attributes::{attribute_name, code_table, granted_by_any};
use super::dump::{Dump, Run};
use super::error::MapError;
use super::image::Image;
use super::map::place;
use super::value::{Attributes, Value};
use super::visit::{Children, Found, PageItem, visit};
use super::{Root, empty_word, level_named};

/// Takes every mapping in a range away and says what was there, with the attributes that held.
///
/// Where nothing is mapped nothing happens. A page that is only partly in the range is split; what is left of it has
/// the largest pages that fit. Entries that do not translate but say something become absent too. Tables stay.
///
/// # Errors
/// When the range is not one of input addresses, the tables are broken, or a page cannot be split. The image is then
/// as it was.
pub fn unmap(checked: &Checked, image: &mut Image, root: Root, va: u64, bytes: u128) -> Result<Vec<Run>, MapError> {
    rewrite(checked, image, root, va, bytes, None)
}

/// Changes attributes of every mapping in a range and says what was there, with the attributes that held.
///
/// Attributes that are not among `changes` stay as they are. Where nothing is mapped nothing happens. A page that is
/// only partly in the range is split.
///
/// # Errors
/// When the range is not one of input addresses, the tables are broken, a page cannot be split or cannot say what it
/// is to say. The image is then as it was.
pub fn protect(
    checked: &Checked,
    image: &mut Image,
    root: Root,
    va: u64,
    bytes: u128,
    changes: &Attributes,
) -> Result<Vec<Run>, MapError> {
    rewrite(checked, image, root, va, bytes, Some(changes))
}

fn rewrite(
    checked: &Checked,
    image: &mut Image,
    root: Root,
    va: u64,
    bytes: u128,
    changes: Option<&Attributes>,
) -> Result<Vec<Run>, MapError> {
    let space = InputSpace::new(checked.format(), root.level);
    let range = space.range(va, bytes).map_err(MapError::Input)?;
    let whole = whole_pages(checked, image, root, range, changes)?;
    let mut items = Vec::new();
    visit(checked.format(), image, root, whole, Children::Visible, &mut |found| {
        if let Found::Page(item) = found {
            items.push(item);
        }
    });
    let before = image.clone();
    let mut removed = Dump::default();
    clear(checked, image, root, range, whole, changes);
    if let Err(error) = put_back(checked, image, root, range, &items, changes) {
        *image = before;
        return Err(error);
    }
    for (item, part) in items.iter().filter_map(|item| Some((item, item.range.and(range)?))) {
        let oa = item.oa + (part.first - item.range.first);
        let bytes = u64::try_from(part.bytes()).unwrap_or(u64::MAX);
        removed.add(space.extend(part.first), oa, bytes, item.effective.clone());
    }
    Ok(removed.runs)
}

/// The range with the whole of every page that is partly in it.
fn whole_pages(
    checked: &Checked,
    image: &Image,
    root: Root,
    range: InputRange,
    changes: Option<&Attributes>,
) -> Result<InputRange, MapError> {
    let space = InputSpace::new(checked.format(), root.level);
    let mut whole = range;
    loop {
        let mut wider = whole;
        let mut failed = None;
        visit(checked.format(), image, root, whole, Children::All, &mut |found| match found {
            Found::Page(item) => {
                wider.first = wider.first.min(item.page.first);
                wider.last = wider.last.max(item.page.last);
            }
            Found::Special { range: entry, kind, .. } => {
                // Only unmapping touches them, and not those met because a page reaches out of the range.
                let half = entry.first < range.first || entry.last > range.last;
                if changes.is_none() && half && entry.and(range).is_some() && failed.is_none() {
                    failed = Some(MapError::Half { va: space.extend(entry.first), bytes: entry.bytes(), kind });
                }
            }
            Found::Broken { va, fault } => {
                failed.get_or_insert(MapError::Fault { va: space.extend(va), fault });
            }
        });
        match failed {
            Some(error) => return Err(error),
            None if wider == whole => return Ok(whole),
            None => whole = wider,
        }
    }
}

/// Maps what stays, with the attributes that it is to have.
fn put_back(
    checked: &Checked,
    image: &mut Image,
    root: Root,
    range: InputRange,
    items: &[PageItem],
    changes: Option<&Attributes>,
) -> Result<(), MapError> {
    let mut pieces = Vec::new();
    for item in items {
        let own = || Some(without_zeros(&item.own));
        let before = range.first.checked_sub(1).map(|last| InputRange { first: 0, last });
        let after = range.last.checked_add(1).map(|first| InputRange { first, last: u64::MAX });
        for (part, attributes) in
            [(before, own()), (Some(range), changes.map(|changes| changed(checked, item, changes))), (after, own())]
        {
            if let (Some(part), Some(attributes)) = (part.and_then(|part| item.range.and(part)), attributes) {
                pieces.push((item, part, attributes));
            }
        }
    }
    // The items of one page go together, so that a run that stays whole stays a run.
    let mut waiting: Option<(InputRange, InputRange, u64, Attributes)> = None;
    for (item, part, attributes) in pieces {
        let oa = item.oa + (part.first - item.range.first);
        waiting = match waiting {
            Some((page, range, start, same))
                if page == item.page
                    && same == attributes
                    && range.last.checked_add(1) == Some(part.first)
                    && start.checked_add(part.first - range.first) == Some(oa) =>
            {
                Some((page, InputRange { first: range.first, last: part.last }, start, same))
            }
            other => {
                if let Some((_, range, oa, attributes)) = other {
                    place(checked, image, root, range, oa, Some(&attributes))?;
                }
                Some((item.page, part, oa, attributes))
            }
        };
    }
    match waiting {
        Some((_, range, oa, attributes)) => place(checked, image, root, range, oa, Some(&attributes)),
        None => Ok(()),
    }
}

/// Makes every page in `whole` absent, and what does not translate but is in the range to be unmapped.
fn clear(
    checked: &Checked,
    image: &mut Image,
    root: Root,
    range: InputRange,
    whole: InputRange,
    changes: Option<&Attributes>,
) {
    let mut items = Vec::new();
    visit(checked.format(), image, root, whole, Children::All, &mut |found| match found {
        Found::Page(item) => items.push(item.place),
        Found::Special { range: entry, place, .. } if changes.is_none() && entry.and(range).is_some() => {
            items.push(place);
        }
        Found::Special { .. } | Found::Broken { .. } => {}
    });
    for place in items {
        if let Some(id) = level_named(checked, &place.level) {
            let level = checked.format().level(id);
            // The item was just read from there.
            let _ = image.store(level, place.table, place.index, empty_word(checked, id));
        }
    }
}

/// The attributes that have to be given for a page of another size to say the same: what is false or zero is so
/// without being given, except a permission, which a kind of entry without a row for it would allow.
fn without_zeros(attributes: &Attributes) -> Attributes {
    let permission = |name: &str| {
        Meaning::VOCABULARY.iter().any(|(word, sort, _)| {
            *sort == Sort::Permission && Meaning::from_name(word).is_some_and(|word| word.identifier() == name)
        })
    };
    let given = |name: &str, value: &Value| match value {
        Value::Flag(false) | Value::Number(0) => permission(name),
        _ => true,
    };
    let kept = attributes.iter().filter(|(name, value)| given(name, value));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What an item is to say once `changes` are made.
///
/// A code and the permissions that it grants say the same thing twice: what is not among the changes follows.
fn changed(checked: &Checked, item: &PageItem, changes: &Attributes) -> Attributes {
    let format = checked.format();
    let mut attributes = without_zeros(&item.own);
    let layout = format.layouts_at(item.level).find(|(kind, _)| kind.name == item.kind);
    for field in layout.iter().flat_map(|(_, layout)| &layout.fields) {
        let Role::Setting { codes: Some(id), .. } = field.role else { continue };
        let Some((name, table)) = attribute_name(field).zip(code_table(format, id)) else { continue };
        let granted: BTreeSet<String> = granted_by_any(table).map(Meaning::identifier).collect();
        if granted.iter().any(|permission| changes.contains_key(permission)) {
            attributes.remove(&name);
        } else if changes.contains_key(&name) {
            attributes.retain(|name, _| !granted.contains(name));
        }
    }
    attributes.extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
    attributes
}
