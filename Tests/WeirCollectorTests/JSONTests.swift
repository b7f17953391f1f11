import Testing
import WeirCollector

/// JSON as the API reads and writes it.
@Suite struct JSONTests {
    private func flaw(_ text: String) -> String {
        do throws(JSONParser.Flaw) {
            return "read: \(try JSONParser.parse(Array(text.utf8)).string)"
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        "null", "true", "[]", "{}", "0", "-9223372036854775808", "9223372036854775807",
        #"{"a":[1,"b",{"c":null}],"d":false}"#, #""\"\\\n\u0001""#, "\"日本語 😀\"",
    ])
    func whatIsReadIsWrittenAsItWas(_ text: String) throws {
        #expect(try JSONParser.parse(Array(text.utf8)).string == text)
    }

    @Test func numbersThatAreNotWholeStayText() throws {
        for text in ["1.5", "1e3", "9223372036854775808", "-0.0"] {
            #expect(try JSONParser.parse(Array(" \(text) ".utf8)) == .number(text))
        }
    }

    @Test func escapesMeanTheirCharacters() throws {
        #expect(try JSONParser.parse(Array(#""\u00e9\ud83d\ude00\/\b""#.utf8)) == "é😀/\u{8}")
    }

    @Test(arguments: [
        ("", "expected a value at byte 0, found the end"), ("{", "expected a name in quotes"),
        (#"{"a":1,"a":2}"#, "a comes twice"), (#"{"a" 1}"#, "expected \":\""), ("[1 2]", "expected \",\" or \"]\""),
        ("01", "expected a number"), ("-", "expected a number"), ("1.", "expected digits"), ("nul", "expected a value"),
        ("\"a", "expected a quote"), ("\"\n\"", "expected no control character"), (#""\x""#, "expected an escape"),
        (#""\ud83d""#, "expected the second half"), (#""\udc00""#, "expected the second half"),
        (#""\u12""#, "expected four hexadecimal digits"), ("1 1", "expected the end"),
        (String(repeating: "[", count: 100_000), "expected at most 16 levels"),
        (String(repeating: "{\"a\":", count: 100_000), "expected at most 16 levels"),
    ])
    func whatIsNoJSONIsRefusedWithItsPlace(_ text: String, _ words: String) {
        #expect(flaw(text).contains(words), "\(text.prefix(40)): \(flaw(text))")
    }

    @Test func bytesThatAreNoUTF8AreRefused() {
        #expect(throws: JSONParser.Flaw.self) { try JSONParser.parse([0x22, 0xff, 0x22]) }
    }
}
