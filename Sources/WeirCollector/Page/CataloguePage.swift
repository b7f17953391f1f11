import WeirBilling
import WeirStore

/// The page of products and plans.
struct CataloguePage {
    let listing: CatalogueListing
    /// The form as it was sent, where something is wrong with it.
    var form = SignUpForm()

    var html: HTML {
        let content: [HTML] =
            listing.products.isEmpty
            ? [.element("p", "Nothing is on sale here yet.")] : listing.products.map(section)
        return Self.frame("Products and plans", [.element("h1", "Products and plans")] + faults + content)
    }

    /// What somebody who has signed up is shown, this once.
    static func welcome(_ plan: String, key: String) -> HTML {
        frame(
            "Your key",
            [
                .element("h1", "Your key"),
                .element(
                    "p", [], [.text("For plan "), .element("strong", plan), .text(". It is shown this once: keep it.")]),
                .element("pre", [], [.element("code", key, [.init("id", "key")])]),
                .element("p", [], [.text("Send it with each call:")]),
                .element("pre", "X-API-Key: \(key)"), .element("p", [], [.element("a", "Back", [.init("href", "/")])]),
            ])
    }

    static func frame(_ title: String, _ content: [HTML]) -> HTML {
        .element(
            "html", [.init("lang", "en")],
            [
                .element(
                    "head", [],
                    [
                        .element("meta", [.init("charset", "utf-8")], []),
                        .element(
                            "meta", [.init("name", "viewport"), .init("content", "width=device-width")], []),
                        .element("title", title), .element("style", PageStyle.css),
                    ]), .element("body", [], [.element("main", [], content)]),
            ])
    }

    // MARK: Products

    private func section(_ product: CatalogueListing.ListedProduct) -> HTML {
        var content: [HTML] = [.element("h2", product.row.name), .element("p", "By \(product.provider)")]
        if product.row.docsURL.hasPrefix("https://") || product.row.docsURL.hasPrefix("http://") {
            let link = HTML.element(
                "a", "Documentation", [.init("href", product.row.docsURL), .init("rel", "noopener noreferrer")])
            content.append(.element("p", [], [link]))
        }
        content += product.plans.map(article)
        if product.plans.isEmpty { content.append(.element("p", "No plan of it is sold now.")) }
        return .element("section", [.init("id", product.row.slug)], content)
    }

    private func article(_ plan: CatalogueListing.ListedPlan) -> HTML {
        var content: [HTML] = [.element("h3", plan.plan.code)]
        var terms: [HTML] = []
        for line in PlanTermsWords.lines(plan.plan) {
            terms += [.element("dt", line.name), .element("dd", line.text)]
        }
        if !plan.plan.rules.isEmpty {
            terms += [.element("dt", "Limits"), .element("dd", [], [.element("pre", plan.plan.rules)])]
        }
        content.append(.element("dl", [], terms))
        if plan.isOpen { content.append(signUp(plan)) }
        return .element("article", [], content)
    }

    // MARK: The form

    private var faults: [HTML] {
        form.general.map { [.element("p", $0, [.init("class", "fault"), .init("role", "alert")])] } ?? []
    }

    private func signUp(_ plan: CatalogueListing.ListedPlan) -> HTML {
        let isThis = form.values["plan"] == plan.plan.code
        return .element(
            "form", [.init("method", "post"), .init("action", "/")],
            [
                hidden("plan", plan.plan.code), hidden("accepted_version", "\(plan.row.number)"),
                hidden("once", form.values["once"] ?? ""),
            ] + input("name", "Name", "text", isThis) + input("email", "E-mail (may be left out)", "email", isThis)
                + [.element("button", "Accept these terms and get a key", [.init("type", "submit")])])
    }

    private func hidden(_ name: String, _ value: String) -> HTML {
        .element("input", [.init("type", "hidden"), .init("name", name), .init("value", value)], [])
    }

    /// A field with what was written into it, and what is wrong with that.
    private func input(_ name: String, _ label: String, _ type: String, _ isThis: Bool) -> [HTML] {
        var attributes: [HTML.Attribute] = [
            .init("name", name), .init("type", type), .init("maxlength", "254"),
            .init("value", isThis ? form.values[name] ?? "" : ""),
        ]
        if name == "name" { attributes.append(.init("required")) }
        var content: [HTML] = [.element("label", [], [.text(label), .element("input", attributes, [])])]
        if isThis, let fault = form.faults[name] { content.append(.element("p", fault, [.init("class", "fault")])) }
        return content
    }
}
