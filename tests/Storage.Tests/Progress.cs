using System.Diagnostics;
using Xunit.Abstractions;

namespace AkkaKv.Storage.Tests;

/// <summary>Says the seed at the beginning of a test that may be a heavy run, and after every twentieth of it how far it is.</summary>
internal sealed class Progress
{
    private const int Reports = 20;

    private readonly ITestOutputHelper _output;
    private readonly string _what;
    private readonly int _total;
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _done;

    public Progress(ITestOutputHelper output, string what, int total)
    {
        (_output, _what, _total) = (output, what, total);
        output.WriteLine($"AKKAKV_SEED={Settings.Seed}, {total} {what}");
    }

    public bool IsDone => _done >= _total;

    public void Count()
    {
        _done++;
        if (IsDone || _done % Math.Max(1, _total / Reports) == 0)
            _output.WriteLine($"AKKAKV_SEED={Settings.Seed}: {_done} of {_total} {_what}, {Stopwatch.GetElapsedTime(_started).TotalSeconds:0} s");
    }
}
