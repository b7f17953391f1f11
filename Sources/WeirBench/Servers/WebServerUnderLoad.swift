/// A real web server with the same small page behind each door.
protocol WebServerUnderLoad {
    func endpoint(_ door: WebDoor) -> Endpoint
}
