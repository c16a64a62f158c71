//! The words that documents have for the cases of an enum, as `serde` writes them.

macro_rules! words {
    ($name:ident: $($case:ident $word:literal),*) => {
        impl $name {
            /// The word used in documents and messages.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word),* }
            }
        }

        #[cfg(test)]
        #[test]
        #[expect(non_snake_case, reason = "named after the enum")]
        fn $name() {
            for case in [$($name::$case),*] {
                assert_eq!(serde_json::to_value(case).unwrap(), case.as_str());
            }
        }
    };
}

pub(crate) use words;
