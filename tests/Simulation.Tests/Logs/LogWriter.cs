using AkkaKv.Protocol;
using AkkaKv.Protocol.PersistenceWire;
using Google.Protobuf;

namespace AkkaKv.Simulation.Tests;

/// <summary>
/// A persistent actor, again and again: recovers, writes some events, is stopped by a failure or by chance, and recovers. Several of the same
/// id at once are what must not be, and what is.
/// </summary>
internal sealed class LogWriter
{
    private const string Id = "actor";

    private readonly Simulation _simulation;
    private readonly LogModel _model;
    private readonly string _name;
    private readonly SimTime _time;
    private readonly EventLog _log;
    private int _left;
    private int _written;

    public LogWriter(Simulation simulation, LogModel model, string name, int lives, PersistenceSettings settings)
    {
        _simulation = simulation;
        _model = model;
        _name = name;
        _left = lives;
        _time = new SimTime(simulation.Events);
        var requests = new PersistenceRequests(
            new SimStore(simulation), settings, new WriteIdSource(simulation.Chance.Guid()), _time, () => simulation.Chance.Between(0, 1000) / 1000.0);
        _log = new EventLog(requests, settings, simulation.Chance.Guid);
        Done = LiveAsync();
    }

    public Task Done { get; }

    private async Task LiveAsync()
    {
        while (_left-- > 0)
        {
            await _time.PassAsync(_simulation.Chance.Between(1_000, 200_000)).ConfigureAwait(false);
            try
            {
                await RecoverAndWriteAsync().ConfigureAwait(false);
                _model.Sight("stopped");
            }
            catch (SecondWriterException)
            {
                _model.Sight("second writer");
            }
            catch (AkkaKvException e)
            {
                _model.Sight(e.Failure.Error);
            }
        }
    }

    private async Task RecoverAndWriteAsync()
    {
        var highest = await RecoverAsync().ConfigureAwait(false);
        var writes = _simulation.Chance.Between(0, 12);
        for (var turn = 0; turn < writes; turn++)
        {
            var entries = Enumerable.Range(0, _simulation.Chance.Between(1, 2)).Select(_ => Draw(ref highest)).ToList();
            await _log.AppendAsync(Id, entries, CancellationToken.None).ConfigureAwait(false);
            foreach (var one in entries.SelectMany(entry => entry.Events)) _model.Acknowledged(one.SequenceNr, one.Manifest);
            _model.Sight("written");
        }
    }

    private async Task<long> RecoverAsync()
    {
        var certain = _model.Certain;
        var highest = await _log.ReadHighestAsync(Id, CancellationToken.None).ConfigureAwait(false);
        List<string> events = [];
        await _log.ReplayAsync(Id, 1, highest, long.MaxValue, one => events.Add(one.Manifest)).ConfigureAwait(false);
        if (events.Count != highest) throw new SimulationFault($"A recovery to event {highest} has {events.Count} events.");
        _model.Recovered(events, certain);
        _model.Sight("recovered");
        return highest;
    }

    private Entry Draw(ref long last)
    {
        var entry = new Entry();
        for (var count = _simulation.Chance.Between(1, 4); count > 0; count--)
        {
            entry.Last = ++last;
            entry.Events.Add(new Event { SequenceNr = last, Manifest = $"{_name}{++_written}", Payload = new Payload { Data = ByteString.Empty } });
        }

        return entry;
    }
}
