// C++ programs include the header, and may hold its implementation.
#define WEIR_IMPLEMENTATION
#include "../weir.h"

int main() {
    static weir_client client;
    weir_options options;
    char why[200];
    if (weir_options_from_environment(&options, why, sizeof why) != 0) return 1;
    if (weir_init(&client, &options) != 0) return 1;
    weir_close(&client);
    return 0;
}
