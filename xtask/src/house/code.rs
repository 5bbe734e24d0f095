//! Sources as words: identifiers and signs with their line, without comments, texts and tests.

use super::Member;
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// One file, read.
#[derive(Debug)]
pub(super) struct File<'house> {
    pub(super) path: &'house str,
    pub(super) text: &'house str,
    /// A file of tests, benches or examples: many rules do not hold there.
    pub(super) is_test: bool,
    /// Lines outside `#[cfg(test)]`.
    pub(super) lines: usize,
    /// The code outside `#[cfg(test)]`, or why it cannot be read.
    pub(super) words: Result<Vec<Word>, String>,
    /// Attributes, tests included, as (words, line).
    pub(super) attributes: Vec<(Vec<String>, usize)>,
}

/// An identifier or a sign; `::` is one sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Reads the files of one crate; which ones are tests follows from their place and from the
/// `#[cfg(test)] mod name;` that declares them.
pub(super) fn files(member: &Member) -> Vec<File<'_>> {
    let mut files = Vec::new();
    let mut test_modules = BTreeSet::new();
    for source in &member.sources {
        let mut reader = Reader::default();
        let stream = source.text.parse::<TokenStream>();
        let read = stream
            .map(|stream| reader.read(stream))
            .map_err(|error| error.to_string());
        for module in &reader.test_modules {
            test_modules.insert(format!("{}/{module}", children(&source.path)));
        }
        files.push(File {
            path: &source.path,
            text: &source.text,
            is_test: reader.is_test || in_test_folder(&source.path, &member.folder),
            lines: source
                .text
                .lines()
                .count()
                .saturating_sub(reader.test_lines),
            words: read.map(|()| reader.words),
            attributes: reader.attributes,
        });
    }
    for file in &mut files {
        let stem = file.path.trim_end_matches(".rs");
        file.is_test |= test_modules.iter().any(|module| {
            stem.strip_prefix(module)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
    }
    files
}

fn in_test_folder(path: &str, folder: &str) -> bool {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    ["/benches/", "/examples/", "/tests/"]
        .iter()
        .any(|start| inside.starts_with(start))
}

/// The folder where the modules declared by a file live.
fn children(path: &str) -> String {
    let stem = path.trim_end_matches(".rs");
    match stem.rsplit_once('/') {
        Some((folder, "lib" | "main")) => folder.to_owned(),
        _ => stem.to_owned(),
    }
}

#[derive(Default)]
struct Reader {
    words: Vec<Word>,
    attributes: Vec<(Vec<String>, usize)>,
    test_modules: Vec<String>,
    test_lines: usize,
    is_test: bool,
}

impl Reader {
    fn read(&mut self, stream: TokenStream) {
        let mut trees = stream.into_iter().peekable();
        let mut is_joint = false;
        while let Some(tree) = trees.next() {
            let line = tree.span().start().line;
            let was_joint = std::mem::take(&mut is_joint);
            match tree {
                TokenTree::Punct(sign) if sign.as_char() == '#' => {
                    let is_inner = trees
                        .next_if(
                            |next| matches!(next, TokenTree::Punct(sign) if sign.as_char() == '!'),
                        )
                        .is_some();
                    let Some(TokenTree::Group(body)) =
                        trees.next_if(|next| matches!(next, TokenTree::Group(_)))
                    else {
                        continue;
                    };
                    match (self.attribute(&body, line), is_inner) {
                        (true, true) => self.is_test = true,
                        (true, false) => self.skip_item(&mut trees, line),
                        (false, _) => {}
                    }
                }
                TokenTree::Punct(sign) => {
                    is_joint = sign.spacing() == Spacing::Joint;
                    match self.words.last_mut() {
                        Some(last) if was_joint && last.text == ":" && sign.as_char() == ':' => {
                            last.text.push(':');
                        }
                        _ => self.words.push(Word {
                            text: sign.to_string(),
                            line,
                        }),
                    }
                }
                TokenTree::Ident(name) => self.words.push(Word {
                    text: name.to_string(),
                    line,
                }),
                // A text is no code, but it stands between words.
                TokenTree::Literal(_) => self.words.push(Word {
                    text: "\"".to_owned(),
                    line,
                }),
                TokenTree::Group(group) => self.group(&group, line),
            }
        }
    }

    fn group(&mut self, group: &Group, line: usize) {
        let (open, close) = match group.delimiter() {
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::None => ("", ""),
        };
        self.words.push(Word {
            text: open.to_owned(),
            line,
        });
        self.read(group.stream());
        let line = group.span_close().start().line;
        self.words.push(Word {
            text: close.to_owned(),
            line,
        });
    }

    /// Keeps an attribute; true when it says `cfg(test)`, alone or inside `all(...)`.
    fn attribute(&mut self, body: &Group, line: usize) -> bool {
        let mut inner = Self::default();
        inner.read(body.stream());
        let words: Vec<String> = inner.words.into_iter().map(|word| word.text).collect();
        let is_test = words.first().is_some_and(|word| word == "cfg")
            && words.iter().any(|word| word == "test")
            && !words.iter().any(|word| word == "not" || word == "any");
        self.attributes.push((words, line));
        is_test
    }

    /// Passes over the item behind `#[cfg(test)]`: up to its braces or its semicolon.
    fn skip_item(
        &mut self,
        trees: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>,
        first_line: usize,
    ) {
        let mut is_module = false;
        let mut last_name = None;
        let mut inner = Self::default();
        for tree in trees {
            let last_line = tree.span().end().line;
            match tree {
                TokenTree::Punct(sign) if sign.as_char() == ';' => {
                    self.test_modules.extend(last_name.filter(|_| is_module));
                    self.test_lines += last_line + 1 - first_line;
                    break;
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    inner.read(group.stream());
                    self.test_lines += last_line + 1 - first_line;
                    break;
                }
                TokenTree::Ident(name) if name == "mod" => is_module = true,
                TokenTree::Ident(name) => last_name = Some(name.to_string()),
                _ => {}
            }
        }
        self.attributes.append(&mut inner.attributes);
    }
}
