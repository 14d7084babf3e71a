using Akka.Actor;

namespace AkkaKv.Node;

/// <summary>
/// Does what repair jobs tell this node to: compares what it holds of a partition with what another owner holds.
/// </summary>
/// <remarks>
/// <code>
/// ExchangeOrder   of a job, wherever it is   -> ExchangeDone to it
/// </code>
/// <para>Bounds: the exchange paces itself; beyond <see cref="MaximumOrders"/> at once an order is refused, which no budget lets happen.</para>
/// </remarks>
internal sealed class RepairWorkerActor : ReceiveActor, IDisposable
{
    /// <summary>Where it is on every node.</summary>
    public const string Path = "/user/akkakv/repair-worker";

    private const int MaximumOrders = 1024;

    private readonly CancellationTokenSource _stopped = new();
    private int _underWay;

    /// <summary>The worker of a node.</summary>
    public RepairWorkerActor(NodeRefs refs)
    {
        Receive<ExchangeOrder>(order =>
        {
            if (refs.Exchange is not { } exchange || _underWay >= MaximumOrders)
            {
                var why = refs.Exchange is null ? "it compares nothing (akkakv.repair)" : "it has as many comparisons under way as it takes";
                Sender.Tell(new ExchangeDone(order.Number, Failed(why)));
                return;
            }

            _underWay++;
            var (job, self) = (Sender, Self);
            CompareAsync(exchange, order).PipeTo(self, sender: job);
        });
        Receive<ExchangeDone>(done =>
        {
            _underWay--;
            Sender.Tell(done);
        });
    }

    /// <summary>How to create one.</summary>
    public static Props Props(NodeRefs refs) => Akka.Actor.Props.Create(() => new RepairWorkerActor(refs));

    /// <inheritdoc/>
    public void Dispose() => _stopped.Dispose();

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopped.Cancel();
        Dispose();
    }

    private async Task<ExchangeDone> CompareAsync(IPartitionExchange exchange, ExchangeOrder order)
    {
        try
        {
            var report = await exchange.CompareAsync(order.Partition, order.Peer, ExchangeMode.Both, _stopped.Token).ConfigureAwait(false);
            return new ExchangeDone(order.Number, report);
        }
        catch (Exception e)
        {
            return new ExchangeDone(order.Number, Failed(e.Message));
        }
    }

    private static ExchangeReport Failed(string detail) => new() { Outcome = ExchangeOutcome.Failed, Detail = detail };
}
