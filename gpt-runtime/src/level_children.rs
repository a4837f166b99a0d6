//! The children of a level: what rows about them in [`level!`](crate::level) become.

/// The methods about children.
///
/// An entry with a new child is given away only if it then has this child, and the others as before: what attributes
/// say, and the bits of an address, may decide about that too. An entry that leads to one table gets it while it is absent,
/// and is empty without it.
#[doc(hidden)]
#[macro_export]
macro_rules! level_children {
    (@children $format:ident $word:ident $type:ident {
        $($number:literal by $entry:ident $(.$says:ident)?, $when:expr;)+
    }) => {
        #[inline]
        fn child($word: $type, child: usize) -> Option<u64> {
            match child {
                $($number if $when => Some($entry($word).table()),)+
                _ => None,
            }
        }

        #[allow(unused_variables)]
        #[inline]
        fn with_child(
            $word: $type,
            child: usize,
            table: u64,
            attributes: &<$format as $crate::Format>::TableAttributes,
        ) -> Option<$type> {
            match child {
                $($number if <Self as $crate::Level>::class($word) == $crate::Class::Absent => {
                    let entry = $entry::new(table)?.word();
                    $(let entry = attributes.$says(entry)?;)?
                    (<Self as $crate::Level>::child(entry, $number) == Some(table)).then_some(entry)
                })+
                _ => None,
            }
        }
    };
    (@children $format:ident $word:ident $type:ident {
        $($number:literal by $entry:ident $([$place:literal])? $(.$says:ident)?, $when:expr;)+
    }) => {
        #[inline]
        fn child($word: $type, child: usize) -> Option<u64> {
            match child {
                $($number if $when => Some($crate::level_children!(@address $word $entry $([$place])?)),)+
                _ => None,
            }
        }

        #[allow(unused_variables)]
        #[inline]
        fn with_child(
            $word: $type,
            child: usize,
            table: u64,
            attributes: &<$format as $crate::Format>::TableAttributes,
        ) -> Option<$type> {
            let class = <Self as $crate::Level>::class($word);
            let entry: $type = match child {
                $($number => {
                    let entry = $crate::level_children!(@with $word class table $entry $([$place])?);
                    $(let entry = attributes.$says(entry)?;)?
                    entry
                })+
                _ => return None,
            };
            let has = |entry: $type, child: usize| <Self as $crate::Level>::child(entry, child);
            let said = has(entry, child) == Some(table)
                $(&& (child == $number || has(entry, $number) == has($word, $number)))+;
            said.then_some(entry)
        }

        #[inline]
        fn without_child($word: $type, child: usize) -> $type {
            match child {
                $($number if $when => $crate::level_children!(@without $word $entry $([$place])?),)+
                _ => $word,
            }
        }
    };
    (@address $word:ident $entry:ident) => { $entry($word).table() };
    (@address $word:ident $entry:ident [$place:literal]) => { $entry($word).table_address($place) };
    (@with $word:ident $class:ident $table:ident $entry:ident) => {
        if $class == $crate::Class::Absent {
            $entry::new($table)?.word()
        } else {
            return None;
        }
    };
    (@with $word:ident $class:ident $table:ident $entry:ident [$place:literal]) => {
        match $class {
            $crate::Class::Absent => $entry::with_table_alone($place, $table)?.word(),
            $crate::Class::Table => $entry($word).with_table($place, $table)?.word(),
            _ => return None,
        }
    };
    (@without $word:ident $entry:ident) => { <Self as $crate::Level>::EMPTY };
    (@without $word:ident $entry:ident [$place:literal]) => {{
        let rest = $entry($word).without_table($place).word();
        if <Self as $crate::Level>::class(rest) == $crate::Class::Table { rest } else { <Self as $crate::Level>::EMPTY }
    }};
    (@below {}) => {};
    (@below { $number:literal $child:ident, sizes $sizes:literal; }) => {
        const CHILDREN: &'static [u64] = &[$sizes];

        #[inline]
        fn child_shape(_: usize) -> $crate::TableShape {
            <$child as $crate::Level>::TABLE
        }

        // Where there is but one way down, going down is straight code.
        #[inline(always)]
        fn descend<V: $crate::Visitor<Self::Format>>(child: usize, table: u64, visitor: V) -> V::Output {
            if child == $number { visitor.visit::<$child>(table) } else { visitor.dead_end() }
        }
    };
    (@below { $($number:literal $child:ident, sizes $sizes:literal;)+ }) => {
        const CHILDREN: &'static [u64] = &[$($sizes),+];

        #[inline]
        fn child_shape(child: usize) -> $crate::TableShape {
            match child {
                $($number => <$child as $crate::Level>::TABLE,)+
                _ => <Self as $crate::Level>::TABLE,
            }
        }

        #[inline]
        fn descend<V: $crate::Visitor<Self::Format>>(child: usize, table: u64, visitor: V) -> V::Output {
            match child {
                $($number => visitor.visit::<$child>(table),)+
                _ => visitor.dead_end(),
            }
        }
    };
}
