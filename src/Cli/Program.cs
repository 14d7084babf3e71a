using AkkaKv.Cli;

using var stop = StopSignals.Listen();
return (int)await CliApplication.RunAsync(args, Terminal.OfThisProcess(stop));
