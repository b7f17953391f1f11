import Testing
import WeirCore

@Suite struct GlobTests {
    private func matches(_ text: String, _ pattern: String) -> Bool {
        Array(text.utf8).withBytes { text in Array(pattern.utf8).withBytes { Glob.matches(text, pattern: $0) } }
    }

    @Test(arguments: [
        ("/login", "/login"), ("/search/a/b", "/search/*"), ("/search/", "/search/*"), ("", "*"), ("", ""),
        ("abc", "a?c"), ("aéc", "a?c"), ("a/b/c", "a*c"), ("aXbXc", "*X*"), ("mississippi", "m*iss*ippi"),
        ("ab", "a*b*"),
        ("a*b", "a*b"), ("anything", "**"),
    ])
    func matchesAnyRunAndOneCharacter(_ text: String, _ pattern: String) {
        #expect(matches(text, pattern))
    }

    @Test(arguments: [
        ("/login/", "/login"), ("/Login", "/login"), ("/search", "/search/*"), ("", "?"), ("ac", "a?c"),
        ("abbc", "a?c"),
        ("mississippi", "m*issx*"), ("abc", ""), ("", "a"), ("ab", "b*"),
    ])
    func theWholeTextMustMatch(_ text: String, _ pattern: String) {
        #expect(!matches(text, pattern))
    }

    /// Backtracking to the last star only keeps this at text × pattern steps; trying every star would not end.
    @Test func manyStarsOverALongTextEnd() {
        #expect(!matches(String(repeating: "a", count: 20_000), String(repeating: "*a", count: 30) + "b"))
    }
}
