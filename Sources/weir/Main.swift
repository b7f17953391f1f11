import WeirCommand

@main
enum Main {
    static func main() async { await WeirCommand.runAndExit() }
}
