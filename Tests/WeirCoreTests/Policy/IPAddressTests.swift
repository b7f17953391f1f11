import Testing
import WeirCore

@Suite struct IPAddressTests {
    private func address(_ text: String) -> IPAddress? { Array(text.utf8).withBytes { IPAddress(text: $0) } }

    @Test(arguments: [
        ("192.0.2.1", "::ffff:192.0.2.1"), ("::1", "0:0:0:0:0:0:0:1"), ("2001:db8::", "2001:db8:0:0:0:0:0:0"),
        ("2001:DB8::A", "2001:db8::a"), ("[2001:db8::1]:443", "2001:db8::1"), ("[::1]", "::1"),
        ("192.0.2.1:8080", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"), ("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"), ("::ffff:c000:201", "192.0.2.1"),
        ("1::8", "1:0:0:0:0:0:0:8"), ("::", "0:0:0:0:0:0:0:0"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func theSameAddressInDifferentForms(_ text: String, _ same: String) {
        #expect(address(text) == address(same))
        #expect(address(text) != nil)
    }

    @Test(arguments: [
        "", "unix:", "192.0.2", "192.0.2.256", "192.0.2.1.1", "192.0.02.1", "1.2.3.4x", ":", ":::", "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "::1:", "1:", ":1", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "g::",
        "2001:db8::/32",
    ])
    func whatIsNoAddressIsNone(_ text: String) {
        #expect(address(text) == nil)
    }

    @Test func prefixesKeepTheirBits() throws {
        #expect(try #require(address("192.0.2.77")).prefix(ipv4: 24, ipv6: 64) == address("192.0.2.0"))
        #expect(try #require(address("192.0.2.77")).prefix(ipv4: 0, ipv6: 64) == address("0.0.0.0"))
        #expect(try #require(address("192.0.2.77")).prefix(ipv4: 32, ipv6: 0) == address("192.0.2.77"))
        #expect(try #require(address("2001:db8:1:2:3:4:5:6")).prefix(ipv4: 32, ipv6: 64) == address("2001:db8:1:2::"))
        #expect(
            try #require(address("2001:db8:1:2:3:4:5:6")).prefix(ipv4: 32, ipv6: 128) == address("2001:db8:1:2:3:4:5:6")
        )
        #expect(try #require(address("2001:db8:1:2:3:4:5:6")).prefix(ipv4: 32, ipv6: 0) == address("::"))
    }

    @Test func aRangeHoldsItsPrefix() throws {
        let range = try #require(AddressRange("192.0.2.128/25"))
        #expect(range.first == address("192.0.2.128"))
        #expect(range.last == address("192.0.2.255"))
        let wide = try #require(AddressRange("2001:db8::/32"))
        #expect(wide.first == address("2001:db8::"))
        #expect(wide.last == address("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"))
        #expect(AddressRange("0.0.0.0/0")?.first == address("0.0.0.0"))
        for bad in ["192.0.2.0/33", "192.0.2.0/x", "192.0.2.0/24/1", "2001:db8::/129", "10.*", "192.0.2.1:80", "[::1]"]
        {
            #expect(AddressRange(bad) == nil, "\(bad)")
        }
    }

    @Test func overlappingRangesBecomeOne() throws {
        let ranges = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "10.255.0.0/16"].compactMap { AddressRange($0) }
        let merged = AddressRange.merged(ranges)
        #expect(merged.count == 2)
        #expect(merged[0].last == address("10.255.255.255"))
    }
}
