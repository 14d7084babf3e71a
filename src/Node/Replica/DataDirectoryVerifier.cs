using AkkaKv.Protocol;
using AkkaKv.Storage;
using Google.Protobuf;
using Wire = AkkaKv.Protocol.Wire;

namespace AkkaKv.Node;

/// <summary>
/// Checks what a node keeps beside its stores: identity, ring and vote, each by itself and against each other, and the leaves of hash
/// trees. Never writes.
/// </summary>
public static class DataDirectoryVerifier
{
    /// <summary>Whether a directory is a node's, as opposed to a single store's.</summary>
    public static bool IsDataDirectory(IFileSystem files, string path)
    {
        ArgumentNullException.ThrowIfNull(files);
        return files.FileExists(Path.Combine(path, "identity")) || files.ListFiles(Path.Combine(path, "store-0")).Count > 0;
    }

    /// <summary>Verifies the files of a data directory, not those of its stores; returns the stores' directories.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The node's data directory.</param>
    /// <param name="fault">Told of every file that is wrong, and how.</param>
    /// <exception cref="IOException">A node serves the directory, or the disk refused.</exception>
    public static IReadOnlyList<string> Verify(IFileSystem files, string path, Action<string, string> fault)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(fault);

        // Taking a lock that is not there would create its file.
        var lockPath = Path.Combine(path, "LOCK");
        using var directoryLock = files.FileExists(lockPath) ? files.Lock(lockPath) : null;

        var identity = Read("identity", isNeeded: true, Wire.NodeIdentity.Parser.ParseFrom);
        var ring = Read("ring", isNeeded: false, bytes => RingCodec.Decode(bytes));
        Read("vote", isNeeded: false, Wire.RingAcceptorState.Parser.ParseFrom);
        if (identity is { ClusterId.IsEmpty: false } && ring is not null && new Guid(identity.ClusterId.Span) != ring.ClusterId)
            fault(Path.Combine(path, "ring"), "the ring is of another cluster than the identity");
        var found = Stores(identity);
        foreach (var store in found.Where(store => LeafFile.IsDamaged(files, store)))
            fault(Path.Combine(store, LeafFile.Name), "the leaves of the hash tree are damaged; a node that finds them so builds them anew");
        return found;

        T? Read<T>(string name, bool isNeeded, Func<byte[], T> parse)
            where T : class
        {
            var file = Path.Combine(path, name);
            try
            {
                if (CheckedFile.Read(files, file) is { } content)
                    return parse(content);
                if (isNeeded)
                    fault(file, "the file is missing");
            }
            catch (Exception damage) when (damage is InvalidDataException or InvalidProtocolBufferException or ArgumentException)
            {
                fault(file, damage.Message);
            }

            return null;
        }

        List<string> Stores(Wire.NodeIdentity? owner)
        {
            var stores = new List<string>();
            for (var index = 0; index < (int?)owner?.Stores || files.ListFiles(StorePath(index)).Count > 0; index++)
                stores.Add(StorePath(index));
            if (owner is not null && stores.Count > owner.Stores)
                fault(Path.Combine(path, "identity"), $"the identity names {owner.Stores} stores, there are {stores.Count}");
            return stores;
        }

        string StorePath(int index) => Path.Combine(path, $"store-{index}");
    }
}
