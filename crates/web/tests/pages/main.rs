//! The pages of sign-in, settings, administration and documents, rendered with sample data: the
//! rules that hold for all of them here, what each must say in the modules.

mod admin;
mod apps;
mod documents;
mod entry;
mod samples;
mod settings;

use std::collections::HashSet;
use std::path::Path;

use askama::Template;

use samples::SHARP;

/// The values of an attribute in a page, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(start.as_str())
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// The forms of a page that change something.
fn posts(page: &str) -> Vec<&str> {
    page.split("<form")
        .skip(1)
        .filter_map(|rest| rest.split("</form>").next())
        .filter(|form| form.contains("method=\"post\""))
        .collect()
}

#[expect(
    clippy::unwrap_used,
    reason = "a page that cannot be drawn fails its test"
)]
fn html(page: &impl Template) -> String {
    page.render().unwrap()
}

#[test]
fn samples_are_written_where_a_browser_and_a_checker_find_them() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, page) in samples::all() {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
    assert!(folder.join("apps-connected.html").is_file());
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    for (name, page) in samples::all() {
        for form in posts(&page) {
            assert_eq!(
                form.matches("name=\"csrf\" value=\"csrf-token-1\"").count(),
                1,
                "{name}"
            );
        }
    }
}

#[test]
fn what_people_typed_stays_text() {
    for (name, page) in samples::all() {
        assert!(!page.contains(SHARP) && !page.contains("<b>"), "{name}");
        assert!(!page.contains("<script>"), "{name}");
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for (name, page) in samples::all() {
        let ids = values(&page, "id");
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "{name}: {ids:?}");
        let labels = values(&page, "for");
        let described = values(&page, "aria-describedby");
        let labelled = values(&page, "aria-labelledby");
        for list in [labels, described, labelled] {
            for id in list.iter().flat_map(|value| value.split(' ')) {
                assert!(known.contains(id), "{name}: nothing has the id {id}");
            }
        }
        for anchor in values(&page, "href")
            .iter()
            .filter_map(|href| href.strip_prefix('#'))
        {
            assert!(
                known.contains(anchor),
                "{name}: nothing has the id {anchor}"
            );
        }
    }
}

#[test]
fn headings_begin_at_one_and_skip_no_level() {
    for (name, page) in samples::all() {
        let levels: Vec<usize> = page
            .split("<h")
            .skip(1)
            .filter_map(|rest| rest.chars().next()?.to_digit(10))
            .map(|level| level as usize)
            .collect();
        assert_eq!(
            levels.iter().filter(|&&level| level == 1).count(),
            1,
            "{name}"
        );
        let mut before = 0;
        for level in levels {
            assert!(level <= before + 1, "{name}: from {before} to {level}");
            before = level;
        }
    }
}

#[test]
fn every_page_has_at_most_one_filled_button_of_its_own() {
    for (name, page) in samples::all() {
        assert!(page.matches("button main").count() <= 1, "{name}");
    }
}

#[test]
fn nothing_is_styled_or_scripted_inline() {
    for (name, page) in samples::all() {
        assert!(!page.contains(" style="), "{name}");
        assert!(!page.contains(" onclick="), "{name}");
        assert!(!page.contains("{{") && !page.contains("{%"), "{name}");
    }
}
