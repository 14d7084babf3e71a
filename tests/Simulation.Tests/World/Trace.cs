using System.Globalization;
using System.Text;
using AkkaKv.Protocol;

namespace AkkaKv.Simulation.Tests;

/// <summary>The course of events, kept where somebody will read it.</summary>
internal sealed class Trace
{
    private readonly EventQueue _events;
    private readonly List<string> _lines = [];

    public Trace(EventQueue events, bool isOn)
    {
        _events = events;
        IsOn = isOn;
    }

    public bool IsOn { get; }

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>A message in few words.</summary>
    public static string Short(object message) => message switch
    {
        Found found => $"Found {string.Join(" | ", found.Versions.Select(Short))}{(found.IsSloppy ? " sloppy" : "")}",
        VersionedValue version => $"{(version.IsDeleted ? "deleted" : Text(version.Value))} {version.Version}",
        NotFound none => $"NotFound{(none.Context.IsEmpty ? "" : " with context")}",
        WriteDone done => $"{done.GetType().Name} {done.Version}",
        RequestTimeout => "RequestTimeout",
        RequestFailure failure => $"{failure.Error}: {failure.Message}",
        Get get => $"Get {Text(get.Key)} R={get.R}{(get.Context.IsEmpty ? "" : " floor")}{(get.IsStrict ? " strict" : "")}",
        WriteRequest write => $"{write.GetType().Name} {Text(write.Key)} W={write.W}{(write.Context.IsEmpty ? "" : " context")} "
            + $"{write.Condition.Kind} {write.WriteId?.Number}{(write.WriteId?.IsRetry == true ? " again" : "")}",
        ReplicaRead read => $"read {Text(read.Key)}",
        ReplicaRecord { Hash: 0 } => "no record",
        ReplicaRecord { Record.IsEmpty: true } => "the same record",
        ReplicaRecord record => $"record {RecordCodec.Decode(record.Record)}",
        ReplicaStore store => $"store {Text(store.Key)} {RecordCodec.Decode(store.Record)}",
        ReplicaRefusal refusal => $"refused: {refusal.Reason}",
        _ => message.GetType().Name,
    };

    public void Add(string what)
    {
        if (IsOn) _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{_events.Now / 1000.0,10:0.000} ms  {what}"));
    }

    private static string Text(ReadOnlyMemory<byte> key) => Encoding.UTF8.GetString(key.Span);
}
