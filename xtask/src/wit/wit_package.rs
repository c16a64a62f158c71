//! Reads and writes a WIT package.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use wit_component::WitPrinter;
use wit_parser::{PackageId, PackageName, Resolve};

/// A package, with all packages that it refers to.
pub struct Package {
    pub resolve: Resolve,
    pub id: PackageId,
}

impl Package {
    /// Reads the package in a folder of WIT files.
    ///
    /// # Errors
    /// When it is not WIT, or names a version after `@since` that is not released yet.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut resolve = Resolve::default();
        let (id, _) = resolve.push_dir(folder)?;
        Ok(Self { resolve, id })
    }

    /// The package of one WIT text.
    ///
    /// # Errors
    /// As [`Package::read`].
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let mut resolve = Resolve::default();
        let id = resolve.push_source(path, text)?;
        Ok(Self { resolve, id })
    }

    /// Name with version, as `dreaming:engine@0.1.0`.
    pub fn name(&self) -> &PackageName {
        &self.resolve.packages[self.id].name
    }

    /// A file name, as `dreaming-engine@0.1.0.wasm`. Not every file system allows a colon.
    pub fn file(&self, extension: &str) -> String {
        format!("{}.{extension}", self.name()).replace(':', "-")
    }

    /// Whether `other` is a version of the same package.
    pub fn is_same_package(&self, other: &Self) -> bool {
        let (a, b) = (self.name(), other.name());
        (&a.namespace, &a.name) == (&b.namespace, &b.name)
    }

    /// Whether the version of this package promises to keep what `old` has: both are equal up to
    /// the first number that is not 0.
    ///
    /// # Errors
    /// When a package has no version, or `old` has the higher one of two compatible versions.
    pub fn is_compatible_version(&self, old: &Self) -> Result<bool> {
        let version = |package: &Self| {
            let version = package.name().version.clone();
            version.with_context(|| format!("{} has no version", package.name()))
        };
        let (new, old) = (version(self)?, version(old)?);
        let series = |major, minor| if major == 0 { (major, minor) } else { (major, 0) };
        if series(new.major, new.minor) != series(old.major, old.minor) {
            return Ok(false);
        }
        ensure!(old <= new, "{} comes after {}: versions do not go back", old, self.name());
        Ok(true)
    }

    /// The package as one WIT text.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub fn text(&self, docs: bool) -> Result<String> {
        let mut printer = WitPrinter::default();
        printer.emit_docs(docs).print(&self.resolve, self.id, &[])?;
        Ok(printer.output.to_string())
    }

    /// The package in the binary form that registries take, with its documentation.
    ///
    /// # Errors
    /// When it cannot be encoded, or is not the same when it is decoded again.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let bytes = wit_component::encode(&self.resolve, self.id, false)?;
        let decoded = wit_component::decode(&bytes)?;
        let back = Self { id: decoded.package(), resolve: decoded.resolve().clone() };
        ensure!(
            sorted(&self.text(true)?) == sorted(&back.text(true)?),
            "the encoded package has other interfaces than `wit/`"
        );
        Ok(bytes)
    }
}

/// The blocks of a text, sorted: the binary form orders interfaces by their dependencies.
fn sorted(text: &str) -> Vec<&str> {
    let mut blocks: Vec<&str> = text.split("\n}\n").map(str::trim).collect();
    blocks.sort_unstable();
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(version: &str) -> Package {
        Package::parse("a.wit", &format!("package a:b@{version};")).unwrap()
    }

    #[test]
    fn versions_are_compatible_up_to_the_first_number_that_is_not_zero() {
        for (new, old) in [("0.1.0", "0.1.0"), ("0.1.7", "0.1.0"), ("1.4.0", "1.2.9")] {
            assert!(version(new).is_compatible_version(&version(old)).unwrap(), "{new} {old}");
        }
        for (new, old) in [("0.2.0", "0.1.0"), ("1.0.0", "0.1.0"), ("2.0.0", "1.9.0")] {
            assert!(!version(new).is_compatible_version(&version(old)).unwrap(), "{new} {old}");
        }
        assert!(version("0.1.0").is_compatible_version(&version("0.1.1")).is_err());
    }

    #[test]
    fn a_package_comes_back_from_its_binary_form_with_its_documentation() {
        let package = Package::read(&crate::steps::root().join("wit")).unwrap();
        let bytes = package.encode().unwrap();
        let decoded = wit_component::decode(&bytes).unwrap();
        let back = Package { id: decoded.package(), resolve: decoded.resolve().clone() };
        assert_eq!(back.name(), package.name());
        assert!(back.text(true).unwrap().contains("/// A dream as a state machine."));
    }
}
