import Testing
import WeirBilling

/// Providers, products, routes and meters: what their texts and numbers may be.
@Suite struct CatalogueTests {
    @Test func whatIsRightIsKept() throws {
        let cent = UnitPrice(try Money("0.01 USD"), per: 1_000)
        let product = try Product(
            slug: "weather-eu", name: "Weather, Europe — 天气", hosts: ["api.example.com", "*.weather.example"],
            paths: ["/v1/*", "*.json"],
            upstreamCost: UpstreamCost(cent, per: .calls), docsURL: "https://example.com/docs?a=1#b", isListed: false)
        #expect(product.hosts.count == 2 && product.paths.count == 2 && !product.isListed)
        #expect(try product.upstreamCost?.cost(of: 5_000) == ExactAmount(Money("0.05 USD")))
        #expect(try Provider(slug: "acme", name: "ACME").name == "ACME")
        #expect(try Route(name: "search", methods: ["GET", "POST"], path: "/v1/search*", weight: 5).weight == 5)
        #expect(try Meter(code: "bytes_out", dimension: MeterDimension("bytes_out")).dimension.isBytes)
        #expect(
            try Meter(code: "ok", dimension: .calls, filter: BillFilter("status=2xx")).filter.description
                == "status=2xx")
    }

    private static func product(
        slug: String = "weather", name: String = "Weather", hosts: [String] = [], paths: [String] = [],
        docs: String? = nil
    ) -> String {
        refusal { () throws(BillingError) in
            try Product(slug: slug, name: name, hosts: hosts, paths: paths, docsURL: docs)
        }
    }

    static let metacharacters = [
        "'; DROP TABLE product; --", "../../etc/passwd", "a\u{0}b", "a\nb", "a b", "a/b", "a%2fb", "ä", "",
    ]

    @Test(arguments: metacharacters)
    func metacharactersAreInNoCode(_ text: String) {
        #expect(Self.product(slug: text).hasPrefix("slug: expected a lower-case letter"))
        #expect(
            refusal { () throws(BillingError) in try Route(name: text, path: "/") }.hasPrefix("name: expected a letter")
        )
        #expect(
            refusal { () throws(BillingError) in try Meter(code: text, dimension: .calls) }.hasPrefix(
                "code: expected a letter"))
    }

    @Test func errorsNameTheFieldTheLimitAndWhatToWrite() {
        #expect(
            Self.product(slug: "Weather Data")
                == "slug: expected a lower-case letter, then lower-case letters, digits and inner \"-\", at most 63, found \"Weather Data\"; try weather-data"
        )
        #expect(
            Self.product(hosts: ["https://API.example.com:8080/x"])
                == "hosts[0]: expected a host in lower case without scheme and port, of at most 253 characters, found \"https://API.example.com:8080/x\"; try api.example.com"
        )
        #expect(
            Self.product(paths: ["/", "v1/*"])
                == "paths[1]: expected a path that begins with \"/\", \"*\" for any characters, of at most 512 characters, without spaces and quotes, found \"v1/*\"; try /v1/*"
        )
        #expect(
            Self.product(hosts: ["a.b", "a.b"])
                == "hosts[1]: expected each entry once, found \"a.b\" again; leave it out")
        #expect(
            Self.product(docs: "javascript:alert(1)")
                == "docs_url: expected an address with https:// or http://, of at most 2048 characters, found \"javascript:alert(1)\"; write it as https://example.com/docs"
        )
        #expect(
            refusal { () throws(BillingError) in try Route(name: "r", path: "/", weight: -1) }
                == "weight: expected a number from 0 to 1000000, found -1; use 1 for an ordinary call, 0 for one that counts nothing"
        )
        #expect(
            refusal { () throws(BillingError) in try Route(name: "r", methods: ["get"], path: "/") }
                == "methods[0]: expected a method in capital letters, of at most 20, found \"get\"; try GET")
        #expect(
            refusal { () throws(BillingError) in try MeterDimension("bytesout") }
                == "dimension: expected calls, bytes_in, bytes_out or units, found \"bytesout\"; try bytes_out")
        #expect(
            refusal { () throws(BillingError) in try Meter(code: "USD", dimension: .calls) }
                == "code: expected a code that is no currency's, found USD; write it in lower case")
    }

    @Test func namesAreOneLineOfText() {
        for name in [
            "", " a", "a ", "a\nb", "a\u{0}", "a\u{2028}b", "a\u{7f}", String(repeating: "a", count: 201),
            String(repeating: "e\u{301}", count: 5_000),
        ] {
            #expect(Self.product(name: name).hasPrefix("name: expected "))
        }
        #expect(Self.product(name: String(repeating: "天", count: 200)) == "accepted")
        #expect(Self.product(name: "O'Neill; \"quoted\" <b>") == "accepted")
    }

    @Test(arguments: [
        "", ".", "a..b", "-a.b", "a-.b", "*", "*.", "a.*.b", "API.example.com", "a b", "a:80", "[::1]", "münchen.de",
        String(repeating: "a", count: 64), String(repeating: "a.", count: 130) + "a",
    ])
    func whatIsNoHostIsRefused(_ host: String) {
        #expect(Self.product(hosts: [host]).hasPrefix("hosts[0]: expected a host"))
    }

    @Test(arguments: ["", "v1", "/a b", "/a\"b", "/ä", "/a\n", "/" + String(repeating: "a", count: 512)])
    func whatIsNoPathIsRefused(_ path: String) {
        #expect(Self.product(paths: [path]).hasPrefix("paths[0]: expected a path"))
    }

    @Test(arguments: [
        "", "example.com", "ftp://a.b", "https://", "https:///x", "https://a b", "https://a\"><script>",
        "https://a\u{202e}b",
    ])
    func whatIsNoPageIsRefused(_ url: String) {
        #expect(Self.product(docs: url).hasPrefix("docs_url: expected an address"))
    }

    @Test func listsAreBounded() {
        #expect(
            Self.product(paths: (0...50).map { "/\($0)" })
                == "paths: expected at most 50, found 51; use fewer, or patterns")
        #expect(Self.product(paths: (0..<50).map { "/\($0)" }) == "accepted")
    }

    @Test func upstreamCostsAreAmountsOfSoManyUnits() throws {
        let one = try Money("1 USD")
        #expect(
            refusal { () throws(BillingError) in try UpstreamCost(UnitPrice(one.negated()), per: .calls) }.hasPrefix(
                "upstream_cost.amount: "))
        #expect(
            refusal { () throws(BillingError) in try UpstreamCost(UnitPrice(one, per: 0), per: .calls) }.hasPrefix(
                "upstream_cost.per: "))
        let cost = try UpstreamCost(UnitPrice(Money(nano: .max, one.currency)), per: .units)
        #expect(throws: BillingError.self) { try cost.cost(of: 2) }
    }
}
