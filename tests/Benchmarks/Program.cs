using AkkaKv.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- storage --peers [--quick] [--rounds N] [--only WORK] [--json FILE]
// dotnet run -c Release --project tests/Benchmarks -- cluster --peers [--quick] [--rounds N] [--only WORK] [--systems A,B] [--json FILE]
// dotnet run -c Release --project tests/Benchmarks -- cluster --overload | --hot-key [--quick] [--rounds N] [--seconds N] [--json FILE]
// dotnet run -c Release --project tests/Benchmarks -- steady [--minutes N] [--quick] [--rows N] [--json FILE]
return args switch
{
    ["storage", .. var rest] => StorageSuite.Run(SuiteOptions.Parse(rest)),
    [ChildRequest.Verb, .. var rest] => await StorageChild.RunAsync(ChildRequest.Parse(rest)),
    ["cluster", .. var rest] => await RunClusterAsync(ClusterOptions.Parse(rest)),
    [DistributedDataServers.Verb, .. var rest] => await DistributedDataNode.RunAsync(DistributedDataNode.Parse(rest)),
    ["steady", .. var rest] => await SteadyRun.RunAsync(SteadyOptions.Parse(rest)),
    _ => Usage(),
};

static Task<int> RunClusterAsync(ClusterOptions options)
{
    ServerProcess.Cpus = options.ServerCpus;
    return options.IsOverload ? OverloadSuite.RunAsync(options)
        : options.IsHotKey ? HotKeySuite.RunAsync(options)
        : ClusterSuite.RunAsync(options);
}

static int Usage()
{
    Console.Error.WriteLine(SuiteOptions.Usage);
    Console.Error.WriteLine(ClusterOptions.Usage);
    Console.Error.WriteLine(SteadyOptions.Usage);
    return 2;
}
