using System.Runtime.InteropServices;
using PolyCopy.Benchmarks;

// a host that is measured takes SIGTERM for itself, and nobody here waits for its stop
using var ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(128 + 15));

return args.FirstOrDefault() switch
{
    "bot" => await BotBenchmark.RunAsync(new Arguments(args)),
    "copy" => await Copy.RunAsync(new Arguments(args)),
    "feed" => await Feed.RunAsync(new Arguments(args)),
    "exits" => await Exits.RunAsync(new Arguments(args)),
    "logs" => Logs.Run(new Arguments(args)),
    "serve" => Serve.Run(new Arguments(args)),
    "sign" => await SignBenchmark.RunAsync(args[1..]),
    "tick" => Tick.Run(new Arguments(args)),
    "writer" => await WriterBenchmark.RunAsync(new Arguments(args)),
    _ => Help(),
};

static int Help()
{
    Console.Error.WriteLine("""
        bot   [--chats 1,100,1000] [--alerts N] [--silence SECONDS] [--per-second R]  replies, alerts under the limit, memory of a chat, CPU without Telegram
        copy  [--followers N] [--rounds N] [--postgres CONNECTION]               one leader trade to the orders of 1, 100 and N followers
        feed  --url ws://… --assets FILE --seconds N --positions P [--rate R]   the production tick path beside a loop that drops
        exits [--positions N] [--burst N] [--singles N] [--postgres CONNECTION]  quiet ticks, a burst and single firings up to the POST, also beside the price writer
        logs  [--watched N] [--every N]                                          logs of everybody read per second, one of N a watched wallet's
        serve --port P --assets FILE --count N [--rate R]                        a market channel that sends as fast as it is read
        sign  [--rounds N] [--seconds S]                                         hash and signature beside viem
        tick  [--count N]                                                        the tick path without a socket, stage by stage
        writer [--postgres CONNECTION] [--positions N] [--rounds N] [--seconds S] storing prices and P&L beside EF and row by row
        """);
    return 2;
}
