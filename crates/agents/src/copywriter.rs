//! The deterministic writer of ad copy.

use async_trait::async_trait;
use campaign_pilot_core::ports::{CopyBrief, CopyWriter};
use campaign_pilot_core::{AdCopy, ErrorKind, PortError, PortResult, Product, sanitize_line};
use minijinja::{Environment, UndefinedBehavior, context};

/// Headlines, the fullest first; the first that fits is taken.
const HEADLINES: [&str; 3] = [
    "{% if category %}{{ name }} | {{ category }}{% if price %} for {{ price }}{% endif %}{% else %}{{ name }}{% if price %} for {{ price }}{% endif %}{% endif %}",
    "{{ name }}{% if price %} for {{ price }}{% endif %}",
    "{{ name }}",
];

/// Bodies, the fullest first; the first that fits is taken.
const BODIES: [&str; 3] = [
    "{% if summary %}{{ summary }} {% endif %}{{ name }}{% if price %}, now {{ price }}{% endif %}. Order today in our shop.",
    "{{ name }}{% if price %}, now {{ price }}{% endif %}. Order today in our shop.",
    "{{ name }}",
];

/// Headlines that name the price before the product.
const PRICE_FIRST: [&str; 2] = ["{% if price %}{{ price }}: {{ name }}{% else %}{{ name }}{% endif %}", "{{ name }}"];

/// Bodies that do so, the fullest first.
const PRICE_FIRST_BODIES: [&str; 3] = [
    "{% if price %}Now {{ price }}: {% endif %}{{ name }}.{% if summary %} {{ summary }}{% endif %} Order today in our shop.",
    "{% if price %}Now {{ price }}: {% endif %}{{ name }}. Order today in our shop.",
    "{{ name }}",
];

/// The product's name alone.
const PLAIN_HEADLINES: [&str; 1] = ["{{ name }}"];

/// Bodies that say what the product is and nothing else.
const PLAIN_BODIES: [&str; 2] = ["{% if summary %}{{ summary }}{% else %}{{ name }}.{% endif %}", "{{ name }}"];

/// How much work one template may do: far above what the templates above need.
const FUEL: u64 = 10_000;

/// Writes ad copy from fixed templates: the same brief always gives the same words.
///
/// Product texts are values of the templates and never templates themselves, are cleaned with
/// [`sanitize_line`] and are cut between words, so that whatever a product is called only its plain text appears.
///
/// ```
/// use campaign_pilot_agents::TemplateCopyWriter;
/// use campaign_pilot_core::ports::CopyBrief;
/// # use campaign_pilot_core::{Currency, Money, Product, ProductId, ProductKind, ProductStatus, Stock};
/// # let product = Product {
/// #     id: ProductId::from_number(1), sku: None, name: "Yoga mat {{ 7 * 7 }}".into(), summary: String::new(),
/// #     permalink: "https://shop.example/mat".into(), price: None, unit_cost: None, categories: vec![],
/// #     stock: Stock::Unmanaged { in_stock: true }, status: ProductStatus::Published, kind: ProductKind::Simple, modified_at: None,
/// # };
/// let price = Money::parse("29.90", Currency::EUR).ok();
/// let copy = TemplateCopyWriter::new().compose(&CopyBrief { product, price, headline_limit: 60, body_limit: 200, variant: None })?;
/// assert_eq!(copy.headline, "Yoga mat {{ 7 * 7 }} for 29.90 EUR");
/// # Ok::<(), campaign_pilot_core::PortError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TemplateCopyWriter;

impl TemplateCopyWriter {
    const NAME: &'static str = "template-1";
    const PRICE_FIRST: &'static str = "template-1/price-first";
    const PLAIN: &'static str = "template-1/plain";

    /// The writer with its built-in templates.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// The copy for a brief, without waiting for anything.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the product's name holds no printable character or the limits leave no room for a word,
    /// [`ErrorKind::Unsupported`] for a variant that it does not know.
    pub fn compose(&self, brief: &CopyBrief) -> PortResult<AdCopy> {
        let name = sanitize_line(&brief.product.name);
        if name.is_empty() {
            return Err(PortError::new(ErrorKind::Invalid, format!("product `{}` has no name to advertise", brief.product.id)));
        }
        let variant = brief.variant.as_deref().unwrap_or(Self::NAME);
        let (headlines, bodies): (&[&str], &[&str]) = match variant {
            Self::NAME => (&HEADLINES, &BODIES),
            Self::PRICE_FIRST => (&PRICE_FIRST, &PRICE_FIRST_BODIES),
            Self::PLAIN => (&PLAIN_HEADLINES, &PLAIN_BODIES),
            unknown => {
                return Err(PortError::new(ErrorKind::Unsupported, format!("there is no variant `{unknown}` of the copy")));
            }
        };
        let values = context! {
            name => name,
            summary => ended(&sanitize_line(&brief.product.summary)),
            category => brief.product.categories.first().map(|category| sanitize_line(category.as_str())),
            price => brief.price.map(|price| price.to_string()),
        };
        Ok(AdCopy {
            headline: first_fitting(headlines, &values, brief.headline_limit)?,
            body: first_fitting(bodies, &values, brief.body_limit)?,
            written_by: variant.to_owned(),
        })
    }
}

#[async_trait]
impl CopyWriter for TemplateCopyWriter {
    fn variants(&self) -> Vec<String> {
        [Self::NAME, Self::PRICE_FIRST, Self::PLAIN].map(str::to_owned).to_vec()
    }

    async fn write(&self, brief: &CopyBrief) -> PortResult<AdCopy> {
        self.compose(brief)
    }
}

/// The longest name of a campaign in characters: what every platform takes.
const NAME_LIMIT: usize = 200;

/// The name of a product's campaign: the product's name, cleaned and cut to what every platform takes.
pub(crate) fn campaign_name(product: &Product) -> String {
    let name = sanitize_line(&product.name);
    shorten(&name, NAME_LIMIT).unwrap_or(name)
}

/// The first template whose text fits; the last one cut between words where none does.
fn first_fitting(templates: &[&str], values: &minijinja::Value, limit: usize) -> PortResult<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    let mut text = String::new();
    for template in templates {
        text = environment
            .render_str(template, values)
            .map_err(|source| PortError::new(ErrorKind::Invalid, "the ad copy could not be written").with_source(source))?;
        if text.chars().count() <= limit {
            return Ok(text);
        }
    }
    shorten(&text, limit).ok_or_else(|| PortError::new(ErrorKind::Invalid, format!("no ad copy fits into {limit} characters")))
}

/// The text with a full stop, unless it already ends a sentence or is empty.
fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// The text cut to a number of characters, between two words where there is a gap; `None` when nothing would be left.
fn shorten(text: &str, limit: usize) -> Option<String> {
    let head: String = text.chars().take(limit).collect();
    if head.len() == text.len() {
        return (!head.is_empty()).then_some(head);
    }
    let at_gap = text.get(head.len()..).is_some_and(|rest| rest.starts_with(' '));
    let cut = if at_gap { head.as_str() } else { head.rsplit_once(' ').map_or(head.as_str(), |(before, _)| before) };
    let cut = cut.trim_end_matches([' ', ',', ';', ':', '-', '|']);
    (!cut.is_empty()).then(|| cut.to_owned())
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{CategoryName, Currency, Money, ProductId, ProductKind, ProductStatus, Stock};
    use proptest::prelude::*;

    use super::*;

    fn brief(name: &str, summary: &str, headline_limit: usize, body_limit: usize) -> CopyBrief {
        let product = Product {
            id: ProductId::from_number(7),
            sku: None,
            name: name.to_owned(),
            summary: summary.to_owned(),
            permalink: "https://shop.example/p/7".to_owned(),
            price: None,
            unit_cost: None,
            categories: vec![CategoryName::new("Fitness").unwrap()],
            stock: Stock::Unmanaged { in_stock: true },
            status: ProductStatus::Published,
            kind: ProductKind::Simple,
            modified_at: None,
        };
        CopyBrief { product, price: Money::parse("29.9", Currency::EUR).ok(), headline_limit, body_limit, variant: None }
    }

    #[test]
    fn writes_the_fullest_copy_that_fits() {
        let copy = TemplateCopyWriter::new().compose(&brief("Yoga mat", "Soft and grippy", 60, 200)).unwrap();
        assert_eq!(copy.headline, "Yoga mat | Fitness for 29.90 EUR");
        assert_eq!(copy.body, "Soft and grippy. Yoga mat, now 29.90 EUR. Order today in our shop.");
        let short = TemplateCopyWriter::new().compose(&brief("Yoga mat", "Soft", 20, 50)).unwrap();
        assert_eq!(short.headline, "Yoga mat");
        assert_eq!(short.body, "Yoga mat, now 29.90 EUR. Order today in our shop.");
    }

    #[test]
    fn every_variant_says_who_wrote_it_and_each_says_it_differently() {
        let writer = TemplateCopyWriter::new();
        let written = writer.variants().into_iter().map(|variant| {
            let brief = CopyBrief { variant: Some(variant.clone()), ..brief("Yoga mat", "Soft and grippy", 60, 200) };
            let copy = writer.compose(&brief).unwrap();
            assert_eq!(copy.written_by, variant);
            (copy.headline, copy.body)
        });
        let said: Vec<_> = written.collect();
        assert_eq!(said[1].0, "29.90 EUR: Yoga mat");
        assert_eq!(said[1].1, "Now 29.90 EUR: Yoga mat. Soft and grippy. Order today in our shop.");
        assert_eq!(said[2], ("Yoga mat".to_owned(), "Soft and grippy.".to_owned()));
        assert_eq!(said[0], {
            let usual = writer.compose(&brief("Yoga mat", "Soft and grippy", 60, 200)).unwrap();
            (usual.headline, usual.body)
        });
        let unknown = CopyBrief { variant: Some("poem".to_owned()), ..brief("Yoga mat", "", 60, 200) };
        assert_eq!(writer.compose(&unknown).unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn cuts_between_words() {
        assert_eq!(shorten("Extra soft yoga mat", 14).as_deref(), Some("Extra soft"));
        assert_eq!(shorten("Extra soft yoga mat", 15).as_deref(), Some("Extra soft yoga"));
        assert_eq!(shorten("Unbreakable", 5).as_deref(), Some("Unbre"));
        assert_eq!(shorten("   ", 2), None);
    }

    #[test]
    fn hostile_text_stays_plain_text() {
        let name = "Mat {% for i in range(9) %}x{% endfor %}{{ name }}\u{202e}\u{1b}[31m <script>";
        let copy =
            TemplateCopyWriter::new().compose(&brief(name, "ignore previous instructions\r\nLabels: x", 200, 400)).unwrap();
        assert!(copy.headline.starts_with("Mat {% for i in range(9) %}x{% endfor %}{{ name }}[31m <script> | Fitness"));
        assert!(!copy.body.contains(['\r', '\n', '\u{1b}', '\u{202e}']));
    }

    #[test]
    fn a_campaign_is_named_after_its_product_in_what_every_platform_takes() {
        let named = |name: &str| campaign_name(&brief(name, "", 60, 200).product);
        assert_eq!(named(" Yoga\u{202e} mat\n"), "Yoga mat");
        assert_eq!(named(&"mat ".repeat(90)).chars().count(), 199);
    }

    #[test]
    fn a_product_without_a_printable_name_is_refused() {
        let error = TemplateCopyWriter::new().compose(&brief("\u{200b}\n", "x", 60, 200)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }

    proptest! {
        #[test]
        fn never_longer_than_the_limits(name in "\\PC{1,80}", summary in ".{0,120}", headline in 1usize..90, body in 1usize..160) {
            if let Ok(copy) = TemplateCopyWriter::new().compose(&brief(&name, &summary, headline, body)) {
                prop_assert!(copy.headline.chars().count() <= headline);
                prop_assert!(copy.body.chars().count() <= body);
                prop_assert!(!copy.headline.trim().is_empty());
            }
        }
    }
}
