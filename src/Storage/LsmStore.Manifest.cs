namespace AkkaKv.Storage;

public sealed partial class LsmStore
{
    /// <summary>
    /// Held from an edit of the manifest to the view that shows it, so that both have one order. Taken before <see cref="_gate"/>. Guards
    /// <see cref="_manifest"/>.
    /// </summary>
    private readonly object _manifestGate = new();

    /// <summary>Null in a store that opened read-only.</summary>
    private readonly Manifest? _manifest;

    /// <summary>
    /// Makes an edit durable and shows it. After a failure nobody knows what the manifest says, so the store writes nothing more.
    /// REQUIRES: <see cref="_manifestGate"/> is held.
    /// </summary>
    /// <param name="edit">The step.</param>
    /// <param name="added">The tables that it adds, open.</param>
    /// <param name="flushed">The memtable whose rows are in them, if the edit is a flush.</param>
    private void AppendEdit(VersionEdit edit, IReadOnlyList<(int Level, Table Table)> added, Memtable? flushed = null)
    {
        IReadOnlyList<ulong> finished;
        try
        {
            finished = _manifest!.Append(edit);
            if (edit.AddedDrops.Count > 0)
            {
                // Damage to a last edit looks like a torn one. What other edits say is also shown by the files that they made or deleted; a
                // drop has nobody else to tell of it, so it is never the last.
                _manifest.Append(new VersionEdit());
            }

            RotateManifest();
        }
        catch (Exception failure)
        {
            BecomeReadOnly(failure);
            throw;
        }

        lock (_gate)
        {
            var old = _view!.Levels;
            var drops = edit.AddedDrops.Aggregate(old.Drops, (known, drop) => known.With(drop)).Without(finished);
            var stays = edit.Added.Select(entry => entry.Table.Number).ToHashSet();
            foreach (var table in old.Tables.Where(table => edit.Removed.Contains(table.Info.Number) && !stays.Contains(table.Info.Number)))
                DeleteWhenUnused(table);
            _stuckTables.ExceptWith(edit.Removed);

            var levels = old.With([.. edit.Removed], added, drops);
            ReplaceView(_view.Open, flushed is null ? _view.Closed : _view.Closed.Remove(flushed), levels);
            levels.Release();

            // The compaction thread has not looked at these levels yet.
            _compactionIsIdle = false;
        }
    }

    private void RotateManifest()
    {
        if (_manifest!.EditBytes > _options.ManifestEditLimitBytes)
            _manifest.Rotate(NewFileNumber());
    }

    private Table OpenTable(TableInfo info) => Table.Open(_files, _directory, info, _cache);
}
