using System.Collections.Concurrent;
using System.Text;
using Akka.Actor;
using Akka.Configuration;

namespace AkkaKv.Benchmarks;

/// <summary>Asks the doors of the three nodes in turn, over Akka.Remote, from one actor system.</summary>
internal sealed class DistributedDataDriver : IClusterDriver
{
    private readonly ActorSystem _system;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<DataAnswer>> _underWay = new();
    private readonly IActorRef _receiver;
    private IActorRef[] _doors = [];
    private long _last;

    private DistributedDataDriver()
    {
        _system = ActorSystem.Create("distributed-data-driver", ConfigurationFactory.ParseString("""
            akka {
              actor.provider = remote
              loglevel = WARNING
              stdout-loglevel = OFF
              remote {
                log-remote-lifecycle-events = off
                dot-netty.tcp.hostname = "127.0.0.1"
                dot-netty.tcp.port = 0
              }
            }
            """));
        DataMessageSerializer.AddTo(_system);
        _receiver = _system.ActorOf(Props.Create(() => new Receiver(_underWay)));
    }

    public int? Connections => null;

    public static async Task<IClusterDriver> ConnectAsync(DistributedDataServers servers)
    {
        var driver = new DistributedDataDriver();
        try
        {
            driver._doors = await Task.WhenAll(
                servers.Doors.Select(door => driver._system.ActorSelection(door).ResolveOne(IClusterDriver.Timeout)));
            return driver;
        }
        catch
        {
            await driver.DisposeAsync();
            throw;
        }
    }

    public ValueTask<Answer> PutAsync(int lane, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, int w) =>
        AskAsync(lane, new DataPut(NextNumber(), Encoding.ASCII.GetString(key.Span), value.ToArray(), (byte)w));

    public ValueTask<Answer> GetAsync(int lane, ReadOnlyMemory<byte> key, int r) =>
        AskAsync(lane, new DataGet(NextNumber(), Encoding.ASCII.GetString(key.Span), (byte)r));

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private long NextNumber() => Interlocked.Increment(ref _last);

    private async ValueTask<Answer> AskAsync(int lane, DataMessage question)
    {
        var source = new TaskCompletionSource<DataAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay[question.Number] = source;
        _doors[lane % _doors.Length].Tell(question, _receiver);
        try
        {
            var answer = await source.Task.WaitAsync(IClusterDriver.Timeout).ConfigureAwait(false);
            return answer.Failure.Length == 0 ? new Answer(answer.Value, null) : Answer.Failed(answer.Failure);
        }
        catch (TimeoutException)
        {
            _underWay.TryRemove(question.Number, out _);
            return Answer.Failed("Timeout");
        }
    }

    /// <summary>Brings answers to who waits for them.</summary>
    private sealed class Receiver : ReceiveActor
    {
        public Receiver(ConcurrentDictionary<long, TaskCompletionSource<DataAnswer>> underWay) => Receive<DataAnswer>(answer =>
        {
            if (underWay.TryRemove(answer.Number, out var source)) source.TrySetResult(answer);
        });
    }
}
