import Testing
import WeirCore

@Suite struct PathNormaliserTests {
    private func normalise(_ path: String) -> String {
        Array(path.utf8).withBytes { bytes in
            var scratch = FixedArray<UInt8>(count: bytes.byteCount + 1, repeating: 0)
            switch PathNormaliser.normalise(bytes, scratch: &scratch) {
            case .original(let range): return bytes.extracting(range).text
            case .scratch(let count): return scratch.withBytes(0..<count) { $0.text }
            }
        }
    }

    /// Every way that someone has written `/login` to get around a rule on it.
    @Test(arguments: [
        "/login", "/login?x=1", "/login?", "/login#top", "/login?a=/b/../c", "/%6Cogin", "/%6cogin", "/%6c%6f%67%69%6e",
        "/logi%6E",
        "/%2Flogin", "//login", "///login", "/./login", "/././login", "/%2e/login", "/%2E%2Flogin", "/a/../login",
        "/a/b/../../login", "/a/%2e%2e/login", "/a/%2e./login", "/a/.%2E/login", "/../login", "/../../login",
        "/a/..//login",
        "/a//../login", "/.//login", "/%2f%2flogin", "/a%2f..%2flogin", "http://example.com/login",
        "https://example.com:443//login",
        "HTTP://u:p@example.com/./login?x", "login", "/a/b/c/../../../login",
    ])
    func isLogin(_ path: String) {
        #expect(normalise(path) == "/login")
    }

    /// What stays apart from it, because the application sees another path, too.
    @Test(arguments: [
        ("/login/", "/login/"), ("/login/.", "/login/"), ("/login//", "/login/"), ("/Login", "/Login"),
        ("/login;v=1", "/login;v=1"),
        ("/%256Cogin", "/%6Cogin"), ("/%zzlogin", "/%zzlogin"), ("/login%", "/login%"), ("/login%6", "/login%6"),
        ("/.login", "/.login"), ("/..login", "/..login"), ("/.../login", "/.../login"), ("/login%3Fx", "/login?x"),
        ("/login%00", "/login\u{0}"), ("/a/login/..", "/a/"), ("/", "/"), ("", "/"), ("?x", "/"), ("*", "*"),
        ("/..", "/"), ("/.", "/"),
        ("http://example.com", "/"), ("http://example.com?x", "/"), ("/a:b//c", "/a:b/c"), ("/a%20b", "/a b"),
    ])
    func isAnotherPath(_ path: String, _ normalised: String) {
        #expect(normalise(path) == normalised)
    }

    @Test func normalisingAgainChangesNothingMore() {
        for path in ["/a/../b//c/./d", "/x/%2e%2e/y", "///", "/a/b/../.."] {
            let once = normalise(path)
            #expect(normalise(once) == once)
        }
    }

    @Test func hostsAreLowerCaseWithoutPortAndDot() {
        func host(_ text: String) -> String {
            Array(text.utf8).withBytes { bytes in
                var scratch = FixedArray<UInt8>(count: 300, repeating: 0)
                let count = HostNormaliser.normalise(bytes, scratch: &scratch, at: 3)
                return scratch.withBytes(3..<3 + count) { $0.text }
            }
        }
        #expect(host("API.Example.com:8443") == "api.example.com")
        #expect(host("api.example.com.") == "api.example.com")
        #expect(host("[2001:DB8::1]:80") == "[2001:db8::1]")
        #expect(host("2001:db8::1") == "2001:db8::1")
        #expect(host("localhost") == "localhost")
    }
}
