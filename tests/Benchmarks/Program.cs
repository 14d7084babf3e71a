using AkkaKv.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- storage --peers [--quick] [--rounds N] [--only WORK] [--json FILE]
// dotnet run -c Release --project tests/Benchmarks -- cluster --peers [--quick] [--rounds N] [--only WORK] [--systems A,B] [--json FILE]
return args switch
{
    ["storage", .. var rest] => StorageSuite.Run(SuiteOptions.Parse(rest)),
    [ChildRequest.Verb, .. var rest] => await StorageChild.RunAsync(ChildRequest.Parse(rest)),
    ["cluster", .. var rest] => await ClusterSuite.RunAsync(ClusterOptions.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(SuiteOptions.Usage);
    Console.Error.WriteLine(ClusterOptions.Usage);
    return 2;
}
