using PolyCopy.Benchmarks;

return args.FirstOrDefault() switch
{
    "sign" => await SignBenchmark.RunAsync(args[1..]),
    _ => Help(),
};

static int Help()
{
    Console.Error.WriteLine("verbs: sign [--rounds N] [--seconds S]");
    return 2;
}
