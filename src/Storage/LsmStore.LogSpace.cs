namespace AkkaKv.Storage;

/// <remarks>
/// <b>The space of logs.</b> An append that makes a file longer makes each sync write the file's size and its new blocks too. So the space of a log
/// is allocated when it is begun; and a log whose rows are in tables is kept, one at a time, and becomes the next one, because
/// writing over blocks that were written before is cheaper still. The order that keeps this harmless at any crash:
/// <list type="number">
/// <item>The manifest says, durably, that nothing needs the old log. It becomes the spare, under its old name: should that edit be lost to
/// damage, the log is still there, or a gap shows.</item>
/// <item>The present log is sealed, durably. The spare gets the next log's name, durably.</item>
/// <item>Only then the header is written, and later records, over what is there. Until the header is durable nothing in the file is valid under
/// its new name; from then on what is left of the old log is not. That rests on one thing: no number is used twice, because an
/// opening counts from the highest that a file has, and no record is written under a number before a file has it durably.</item>
/// </list>
/// A spare of an earlier process is deleted, not used: after a failed sync it may not hold on the disk what it shows.
/// </remarks>
public sealed partial class LsmStore
{
    /// <summary>The log that is kept for its space. Guarded by <see cref="_gate"/>.</summary>
    private ulong? _spareLog;

    /// <summary>On the flush thread: nothing needs the log any more, as the manifest says durably.</summary>
    private void RetireLog(ulong log)
    {
        if (!OfferSpare(log))
            DeleteLog(log);
    }

    private bool OfferSpare(ulong log)
    {
        if (!IsReusable(log))
            return false;

        lock (_gate)
        {
            if (_spareLog is not null || !_state.AcceptsCommits)
                return false;
            _spareLog = log;
            return true;
        }
    }

    /// <summary>On the log thread: begins the next log, in the space of the spare one if there is one.</summary>
    private LogWriter CreateNextLog(ulong number)
    {
        var spare = TakeSpare();
        if (spare is { } old && !IsReusable(old))
        {
            // Somebody has given it another name meanwhile.
            DeleteLog(old);
            spare = null;
        }

        return CreateLog(_files, _directory, number, _syncedSequence + 1, _options, spare);
    }

    /// <summary>Creates a log that is durable, header and name, before anything is written to it.</summary>
    internal static LogWriter CreateLog(
        IFileSystem files, string directory, ulong number, ulong firstSequence, StorageOptions options, ulong? spare = null)
    {
        var path = Path.Combine(directory, FileNames.Of(FileKind.Log, number));
        if (spare is { } old)
        {
            files.Rename(Path.Combine(directory, FileNames.Of(FileKind.Log, old)), path);
            files.SyncDirectory(directory);
        }

        var log = LogWriter.Begin(
            spare is null ? files.Create(path) : files.Reuse(path), FileKind.Log, number, firstSequence, options.LogVersion);
        try
        {
            // Where there is no room the log grows as it is written.
            if (options.LogSpaceBytes > 0)
                log.Allocate(options.LogSpaceBytes);
            log.Sync();
            if (spare is null)
                files.SyncDirectory(directory);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Once nobody offers or takes one any more. What a store leaves that has stopped writing goes at the next opening.</summary>
    private void DeleteSpare()
    {
        if (TakeSpare() is { } spare)
            DeleteLog(spare);
    }

    private ulong? TakeSpare()
    {
        lock (_gate)
        {
            var spare = _spareLog;
            _spareLog = null;
            return spare;
        }
    }

    /// <summary>
    /// A log that one huge batch has made longer than others is not kept. Neither is one that has, or may have, another name: writing
    /// over it would change what somebody has linked.
    /// </summary>
    private bool IsReusable(ulong log)
    {
        if (_options.LogSpaceBytes == 0)
            return false;

        try
        {
            var path = Path.Combine(_directory, FileNames.Of(FileKind.Log, log));
            if (!_files.HasOneName(path))
                return false;
            using var file = _files.OpenRead(path);
            return file.Length <= _options.LogSpaceBytes;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void DeleteLog(ulong log) => _files.DeleteUnneeded(_directory, [FileNames.Of(FileKind.Log, log)]);
}
