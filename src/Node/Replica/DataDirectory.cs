using AkkaKv.Protocol;
using AkkaKv.Storage;
using Google.Protobuf;
using Wire = AkkaKv.Protocol.Wire;

namespace AkkaKv.Node;

/// <summary>
/// What a node keeps beside its stores: who it is, its ring, its vote on the next one. Holds the directory's lock while it is open, so two
/// processes never serve one replica id. Safe for any number of threads.
/// </summary>
/// <remarks>
/// Files: <c>LOCK</c>; <c>identity</c>, <c>ring</c> and <c>vote</c>, each a <see cref="CheckedFile"/> around the message of
/// <c>akkakv.proto</c> (NodeIdentity, RingDocument, RingAcceptorState); <c>store-0</c> and so on, one directory per store.
/// </remarks>
internal sealed class DataDirectory : IDisposable
{
    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly IDisposable _lock;
    private readonly Lock _gate = new();
    private Wire.NodeIdentity _identity;

    private DataDirectory(IFileSystem files, string path, IDisposable directoryLock, Wire.NodeIdentity identity)
    {
        _files = files;
        _path = path;
        _lock = directoryLock;
        _identity = identity;
    }

    /// <summary>The identity drawn when the directory was initialised.</summary>
    public ReplicaId ReplicaId => new(_identity.Replica);

    /// <summary>The epoch of the dots that this replica gives now.</summary>
    public uint Epoch => _identity.Epoch;

    /// <summary>How often the directory has been opened, this time included.</summary>
    public ulong Starts => _identity.Starts;

    /// <summary>Number of stores, fixed when the directory was initialised.</summary>
    public int Stores => (int)_identity.Stores;

    /// <summary>True if it was opened before: other replicas may hold writes that this one missed meanwhile.</summary>
    public bool IsRestart => _identity.Starts > 1;

    /// <summary>The cluster that the data belongs to; null until a ring was decided.</summary>
    public Guid? ClusterId => _identity.ClusterId.IsEmpty ? null : new Guid(_identity.ClusterId.Span);

    /// <summary>
    /// Opens a directory, initialising it if it is empty. After an unclean stop dots may be lost that others hold, so the epoch is raised
    /// before anything is served.
    /// </summary>
    /// <exception cref="NodeStartException">It is another node's, in use, damaged, or cannot be written.</exception>
    public static DataDirectory Open(IFileSystem files, string path, string name)
    {
        IDisposable? directoryLock = null;
        try
        {
            files.CreateDirectory(path);
            directoryLock = files.Lock(Path.Combine(path, "LOCK"));
            var bytes = CheckedFile.Read(files, Path.Combine(path, "identity"));
            if (bytes is null && (files.FileExists(Path.Combine(path, "ring")) || files.ListFiles(Path.Combine(path, "store-0")).Count > 0))
            {
                throw new NodeStartException(
                    $"The data directory {path} has data but no identity file, so nobody can say whose it is. " +
                    "Move it aside and let the node start on an empty one, or restore its identity file.");
            }

            var identity = bytes is null ? Initialised(name) : Wire.NodeIdentity.Parser.ParseFrom(bytes);
            if (identity.Name != name)
            {
                throw new NodeStartException(
                    $"The data directory {path} belongs to the node '{identity.Name}', and this node is called '{name}'. " +
                    "Give this node its own directory (akkakv.node.data-directory).");
            }

            if (identity.Starts > 0 && !identity.IsCleanlyStopped) identity.Epoch++;
            identity.Starts++;
            identity.IsCleanlyStopped = false;
            var directory = new DataDirectory(files, path, directoryLock, identity);
            directory.Save(identity);
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            directoryLock?.Dispose();
            throw new NodeStartException(directoryLock is null && files.FileExists(Path.Combine(path, "LOCK"))
                ? $"The data directory {path} is in use by another process, or cannot be locked: {e.Message}"
                : $"The data directory {path} cannot be opened: {e.Message}", e);
        }
        catch
        {
            directoryLock?.Dispose();
            throw;
        }
    }

    /// <summary>Where a store lies.</summary>
    public string StorePath(int index) => Path.Combine(_path, $"store-{index}");

    /// <summary>Starts a new epoch: what was counted in the old one is never incremented again. Durable when it returns.</summary>
    public uint RaiseEpoch()
    {
        lock (_gate)
        {
            var raised = _identity.Clone();
            raised.Epoch++;
            Save(raised);
            return raised.Epoch;
        }
    }

    /// <summary>The newest decided ring that was kept; null if none was ever decided.</summary>
    public RingDocument? ReadRing() => CheckedFile.Read(_files, Path.Combine(_path, "ring")) is { } bytes ? RingCodec.Decode(bytes) : null;

    /// <summary>Keeps a decided ring. Durable when it returns.</summary>
    public void WriteRing(RingDocument ring)
    {
        lock (_gate)
        {
            CheckedFile.Write(_files, Path.Combine(_path, "ring"), RingCodec.Encode(ring));
            if (ClusterId == ring.ClusterId) return;
            var claimed = _identity.Clone();
            claimed.ClusterId = ByteString.CopyFrom(ring.ClusterId.ToByteArray());
            Save(claimed);
        }
    }

    /// <summary>The vote as it was left.</summary>
    public RingAcceptor ReadVote()
    {
        if (CheckedFile.Read(_files, Path.Combine(_path, "vote")) is not { } bytes) return new RingAcceptor(ReplicaId);
        var state = Wire.RingAcceptorState.Parser.ParseFrom(bytes);
        return new RingAcceptor(ReplicaId, FromWire(state.Promised), FromWire(state.Accepted), state.Ring.ToByteArray());
    }

    /// <summary>Keeps the vote. Durable when it returns.</summary>
    public void WriteVote(RingAcceptor vote)
    {
        var state = new Wire.RingAcceptorState
        {
            Promised = ToWire(vote.Promised),
            Accepted = ToWire(vote.Accepted),
            Ring = ByteString.CopyFrom(vote.AcceptedRing),
        };
        CheckedFile.Write(_files, Path.Combine(_path, "vote"), state.ToByteArray());
    }

    /// <summary>Notes that every store was closed with all its writes: the next start need not raise the epoch.</summary>
    public void MarkCleanlyStopped()
    {
        lock (_gate)
        {
            var stopped = _identity.Clone();
            stopped.IsCleanlyStopped = true;
            Save(stopped);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static Wire.NodeIdentity Initialised(string name) => new()
    {
        Name = name,
        Replica = ReplicaId.Draw().Value,
        Epoch = 1,
        Stores = (uint)Math.Clamp((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount / 4), 1, 8),
    };

    private void Save(Wire.NodeIdentity identity)
    {
        CheckedFile.Write(_files, Path.Combine(_path, "identity"), identity.ToByteArray());
        _identity = identity;
    }

    private static Wire.Ballot ToWire(Ballot ballot) => new() { Round = ballot.Round, Proposer = ballot.Proposer };

    private static Ballot FromWire(Wire.Ballot? ballot) => ballot is null ? default : new Ballot(ballot.Round, ballot.Proposer);
}
