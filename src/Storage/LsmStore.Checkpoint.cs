namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <inheritdoc/>
    /// <remarks>
    /// <para>A view and its sequence are a snapshot (<see cref="ReadView"/>). Its tables are linked under their names, its memtables are
    /// written as tables up to the sequence, as a recovery would do, so there is no log to cut. CURRENT comes last: a copy that was not
    /// finished has none, and neither opens nor passes for sound.</para>
    /// <para>The view keeps its tables' files in place until they are linked.</para>
    /// </remarks>
    public Task<ulong> CheckpointAsync(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return Task.Run(() => Checkpoint(directory));
    }

    private ulong Checkpoint(string directory)
    {
        _files.CreateDirectory(directory);
        if (_files.ListFiles(directory).Count > 0)
            throw new IOException($"{directory} holds files; a checkpoint needs an empty directory.");

        var lease = AcquireView(out var snapshot);
        try
        {
            WriteCheckpoint(directory, lease.View, snapshot);
            return snapshot;
        }
        catch (Exception failure) when (failure is IOException or CorruptionException)
        {
            RemoveCheckpoint(directory);
            throw;
        }
        finally
        {
            lease.Release();
        }
    }

    private void WriteCheckpoint(string directory, ReadView view, ulong snapshot)
    {
        var tables = new List<(int Level, TableInfo Table)>();
        foreach (var (level, table) in view.Levels.Entries)
        {
            if (table.Damage is { } damage)
                throw new CorruptionException(damage.File, damage.Offset, damage.What).WithRange(table.Info.SmallestKey, table.Info.EndKey);

            var name = FileNames.Of(FileKind.Table, table.Info.Number);
            _files.Link(Path.Combine(_directory, name), Path.Combine(directory, name));
            tables.Add((level, table.Info));
        }

        foreach (var memtable in view.Closed.Reverse().Append(view.Open))
        {
            if (WriteTableUpTo(directory, memtable, snapshot, view.Levels.Drops) is { } written)
                tables.Add((0, written));
        }

        var manifestNumber = NewFileNumber();
        var state = new ManifestState();
        state.Apply(new VersionEdit
        {
            NextFileNumber = manifestNumber + 1,
            OldestLog = manifestNumber + 1,
            LastSequence = snapshot,
            Added = tables,
            AddedDrops = view.Levels.Drops.All,
        });
        Manifest.Create(_files, directory, manifestNumber, state).Dispose();
    }

    /// <summary>
    /// The newest row of every key that is not newer than a sequence; null if there is none. The open memtable may take rows meanwhile:
    /// what is not newer was all there before the snapshot was taken. The drops are applied, as in every table with a number above theirs.
    /// </summary>
    private TableInfo? WriteTableUpTo(string directory, Memtable memtable, ulong snapshot, RangeDrops drops)
    {
        TableWriter? writer = null;
        try
        {
            var rows = memtable.Iterate();
            for (rows.Seek([]); rows.IsValid; rows.MoveNext())
            {
                if (rows.Sequence > snapshot || drops.Hides(rows.Key, rows.Sequence) || (writer is not null && rows.Key.SequenceEqual(writer.LastKey)))
                    continue;

                writer ??= new TableWriter(_files, directory, NewFileNumber(), memtable.FirstSequence, _options);
                writer.Add(rows.Key, rows.Sequence, rows.Kind, rows.Value);
            }

            return writer?.Finish();
        }
        finally
        {
            writer?.Dispose();
        }
    }

    private void RemoveCheckpoint(string directory)
    {
        try
        {
            _files.DeleteUnneeded(directory, _files.ListFiles(directory));
        }
        catch (IOException)
        {
            // Without CURRENT it is no store, and the caller hears of the failure itself.
        }
    }
}
