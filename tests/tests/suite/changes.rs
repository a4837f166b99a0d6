//! Every change of every attribute, in every kind of page, gives the word that the interpreter encodes.

use gpt_codegen::interpreter::{Attributes, Value, encode};
use gpt_tests::{Facts, Random, Says, Tested, changed_word, checked};

pub fn check<F: Tested>() {
    let facts = Facts::new(checked(F::MODULE), 0);
    let says = Says::<F>::new(&facts, &mut Random::new(1));
    let mut compared = 0;
    for page in &facts.pages {
        for name in &page.names {
            let word = |set: &Attributes| {
                let mut values = set.clone();
                values.insert("page".to_owned(), Value::Number(0));
                encode(&facts.checked, page.level, name, &values).ok()
            };
            for set in &says.sets {
                for (attribute, change) in &says.changes {
                    for to in [false, true] {
                        let (before, after) = (word(set), word(&says.changed(set, attribute, to)));
                        let (Some(before), Some(after)) = (before, after) else { continue };
                        let changed = changed_word::<F>(page.level, before, &change(to));
                        let message = format!("{} {name}: {attribute} {to} of {before:#x}", F::MODULE);
                        assert_eq!(changed, Some(after), "{message}");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 0 || says.changes.is_empty(), "{} was not compared", F::MODULE);
}
